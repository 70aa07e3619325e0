# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# The front door. Every target sets up what it needs: Debian's packages, the models, the pictures, the build.

BUILD := build
PLUGIN := $(BUILD)/libgstfaceanon.so
MODELS := $(BUILD)/faceanon-models
PICTURES := $(BUILD)/test-data
PREFIX ?= /usr/local
# Where the plugin and the models live in a process of ours, and a registry of our own: the user's stays as it is.
RUN_ENV := GST_PLUGIN_PATH=$(CURDIR)/$(BUILD) FACEANON_MODEL_DIR=$(CURDIR)/$(MODELS) \
	GST_REGISTRY=$(CURDIR)/$(BUILD)/registry.bin
FILTER ?=
SOAK_MINUTES ?= 10
FUZZ_MINUTES ?= 10
STARTS ?= 10000

.DEFAULT_GOAL := help
.PHONY: help demo test soak fuzz test-files test-starts test-asan test-tsan test-valgrind
.PHONY: evaluate build plugin models pictures env install uninstall
.PHONY: guard-record bench bench-record bench-yardstick bench-peers bench-growth bench-promises bench-clips
.PHONY: docs-pictures deb test-deb lint lint-deploy format clean

help: ## Show this help
	@echo "faceanon: masks every face in every video frame (a GStreamer element)"
	@echo
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: plugin pictures ## Mask the faces of a moving picture (SOURCE=file, folder, URL or camera) and show what was found
	@meson-helper/setup.sh demo
	@$(RUN_ENV) pipelines/demo

test: build pictures ## Set up and run every test (FILTER=name for some of them)
	@meson-helper/setup.sh test
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) meson-helper/run-tests.sh $(if $(FILTER),'$(FILTER)')

# What is given on make's command line is in the environment of what it runs: no quoting twice.
evaluate: plugin ## Measure how well faces are masked (DATA=folder with truth; CONFIGS='A; B', SETS=, MIN=20, OUT=folder)
	@test -n "$$DATA" || { echo "make evaluate DATA=FOLDER: docs/evaluate.md says what is in it" >&2; exit 2; }
	@meson-helper/setup.sh evaluate
	@$(RUN_ENV) meson-helper/evaluate.py "$$DATA" --out "$${OUT:-$(BUILD)/evaluate}" \
		$${CONFIGS:+--configs "$$CONFIGS"} $${SETS:+--sets "$$SETS"} $${MIN:+--min "$$MIN"}

docs-pictures: build pictures ## Make the pictures of docs/ anew
	@meson-helper/setup.sh docs
	@$(RUN_ENV) meson-helper/docs-pictures.py docs

guard-record: ## Record anew how many instructions a frame may take (Golden/instructions.txt)
	@FACEANON_UPDATE_GOLDEN=1 $(MAKE) test FILTER=InstructionTests

# Measuring. Quiet machines give better numbers; each table says what it was made on.
BENCH := $(BUILD)/bench
# Not below build/: GStreamer looks for plugins in all of it, and would load the libraries of Python packages.
BENCH_TOOLS := .build-bench
MEASURE := Tests/Benchmarks/measure
BENCH_ENV = $(RUN_ENV) BENCH_DIR=$(CURDIR)/$(BENCH) BENCH_TOOLS=$(CURDIR)/$(BENCH_TOOLS) \
	YARDSTICK_MODELS=$(CURDIR)/$(BENCH_TOOLS)/yardstick-models \
	YARDSTICK_LIBRARY=$(CURDIR)/$(BENCH_TOOLS)/libyardstick.so

bench: bench-clips ## Time the engine and its stages, and compare with the stored thresholds (FILTER=regex)
	@$(BENCH_ENV) Tests/Benchmarks/bench check '$(FILTER)'

bench-record: bench-clips ## Store what make bench measures as the thresholds
	@$(BENCH_ENV) Tests/Benchmarks/bench update '$(FILTER)'

bench-yardstick: bench-clips ## Compare the element with MTCNN on OpenCV DNN as one writes it first
	@$(BENCH_ENV) $(MEASURE)/yardstick.py

bench-peers: bench-clips ## Compare it with what users would take instead (DATA=folder with truth)
	@$(BENCH_ENV) $(MEASURE)/peers.py --data "$$DATA"

bench-growth: bench-clips ## Measure how its cost grows with size, faces, streams and threads, and draw it
	@$(BENCH_ENV) $(MEASURE)/growth.py

bench-promises: bench-clips ## Measure memory, start, streams side by side and late frames against what is promised
	@$(BENCH_ENV) $(MEASURE)/promises.py

bench-clips: plugin pictures
	@meson-helper/setup.sh bench
	@$(MEASURE)/frames.py $(PICTURES) $(BENCH)/frames
	@$(MEASURE)/yardstick-build $(BENCH_TOOLS)

soak: build pictures ## Lose source and server again and again, for SOAK_MINUTES (10) each on a good and a lossy network
	@meson-helper/setup.sh test
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) SOAK_MINUTES=$(SOAK_MINUTES) meson-helper/run-tests.sh SoakTests

fuzz: build pictures ## Send numbers at random through the element for FUZZ_MINUTES (10)
	@meson-helper/setup.sh test
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) FACEANON_FUZZ_SECONDS=$$(($(FUZZ_MINUTES) * 60)) \
		meson-helper/run-tests.sh ElementTests.Elements/Fuzz

test-files: build pictures ## Mask a folder of files of every kind that ffmpeg and GStreamer write
	@meson-helper/setup.sh test
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) FACEANON_FILES=long meson-helper/run-tests.sh MaskMixedTests

test-starts: build pictures ## Start and stop elements beside two streams, STARTS (10000) times
	@meson-helper/setup.sh test
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) FACEANON_STARTS=$(STARTS) meson-helper/run-tests.sh ElementTests.Elements/Threads/starts

test-asan test-tsan test-valgrind: test-%: models pictures
	@meson-helper/setup.sh check
	@$(RUN_ENV) FACEANON_ROOT=$(CURDIR) meson-helper/run-checked.sh $* $(if $(FILTER),'$(FILTER)')

test-asan: ## Run the element's tests under the address sanitizer, which looks for leaks too (FILTER=)
test-tsan: ## Run the element's tests under the thread sanitizer (FILTER=)
test-valgrind: ## Run some of the element's tests under valgrind (FILTER=)

build: plugin ## Build the plugin and the program faceanon into build/
	@meson-helper/build-program.sh $(BUILD)

plugin: models ## Build the plugin alone
	@meson-helper/setup.sh run
	@meson-helper/build-plugin.sh $(BUILD)

models: ## Fetch the networks' weights into build/faceanon-models
	@meson-helper/setup.sh build
	@meson-helper/fetch-models.py $(MODELS)

pictures:
	@meson-helper/fetch-pictures.py $(PICTURES)

env: ## Print the lines by which gst-launch-1.0 finds the plugin, and the shell faceanon: eval "$(make env)"
	@echo 'export GST_PLUGIN_PATH="$(CURDIR)/$(BUILD)$${GST_PLUGIN_PATH:+:$$GST_PLUGIN_PATH}"'
	@echo 'export FACEANON_MODEL_DIR="$(CURDIR)/$(MODELS)"'
	@echo 'export PATH="$(CURDIR)/$(BUILD):$$PATH"'

# What is built is installed as it is: under sudo Swift is often out of reach.
install: $(if $(wildcard $(PLUGIN)),,build) ## Install plugin, models and program (PREFIX=/usr/local, DESTDIR=)
	@meson-helper/setup.sh install
	@meson-helper/install.sh "$(PREFIX)"

uninstall: ## Take away what make install has installed (PREFIX=/usr/local, DESTDIR=)
	@meson-helper/setup.sh install
	@meson-helper/install.sh --uninstall "$(PREFIX)"

deb: models ## Build the Debian packages into build/deb
	@meson-helper/setup.sh deb
	@meson-helper/build-deb.sh $(BUILD)/deb $(MODELS)

test-deb: $(if $(wildcard $(BUILD)/deb/*.deb),,deb) pictures ## Install the packages in a fresh Debian 12, try and purge them (as root)
	@meson-helper/setup.sh test-deb
	@meson-helper/test-deb.sh $(BUILD)/deb $(PICTURES)/grace_hopper.jpg

lint-deploy: ## Check the files for Docker, Compose and Kubernetes
	@meson-helper/setup.sh lint-deploy
	@meson-helper/lint-deploy.sh .build-deploy

lint: ## Check the style of Swift, shell and Python
	@meson-helper/setup.sh test
	@meson-helper/lint.sh

format: ## Rewrite the Swift files in the project's style
	@swift format --in-place --recursive Package.swift Sources Tests

clean: ## Remove all that was built or fetched
	rm -rf $(BUILD) .build .build-*
