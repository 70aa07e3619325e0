# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""What a measurement was made on."""

import os
import pathlib
import platform
import re
import subprocess


def description():
    """One line: processor, kernel, what is linked, load."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    flags = re.search(r"^flags\s*: (.*)", info, re.MULTILINE)
    wide = [flag for flag in ("avx2", "fma", "avx512f") if flags and flag in flags.group(1).split()]
    load = " ".join(f"{value:.2f}" for value in os.getloadavg()[:2])
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) // 1_000_000
    return (
        f"{os.cpu_count()} x {model.group(1) if model else platform.machine()} ({', '.join(wide)}), {memory} GB, "
        f"Linux {platform.release()}, OpenCV {package('libopencv-dnn406')}, GStreamer {package('libgstreamer1.0-0')}; "
        f"load {load}"
    )


def package(name):
    query = ["dpkg-query", "--show", "--showformat=${Version}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout or "unknown"
