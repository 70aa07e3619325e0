# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""Drawings of what was measured, as SVG."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "faceanon"
matplotlib.rcParams["font.size"] = 9
# Letters as letters: as outlines they are most of a file.
matplotlib.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot  # noqa: E402, after the backend is chosen

OURS, OTHERS = "#206030", "#8a8f98"


def save(figure, about, file):
    figure.text(0.01, 0.01, about, fontsize=5.5, color="#555555")
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def peers(rows, about, file):
    """Milliseconds a frame of each program, a panel for each clip."""
    clips = list(dict.fromkeys(row["clip"] for row in rows))
    figure, panels = pyplot.subplots(1, len(clips), figsize=(3.4 * len(clips), 3), sharey=True, squeeze=False)
    for panel, clip in zip(panels[0], clips):
        chosen = [row for row in rows if row["clip"] == clip][::-1]
        medians = [row["ms"][1] for row in chosen]
        colors = [OURS if row["name"] == "faceanon" else OTHERS for row in chosen]
        bars = panel.barh([row["name"] for row in chosen], medians, color=colors)
        panel.bar_label(bars, [f"{value:.0f}" for value in medians], padding=2)
        size, faces = clip.split("-")
        panel.set_title(f"{size}, {faces} face{'' if faces == '1' else 's'}")
        panel.set_xlabel("ms a frame (median)")
        panel.set_xlim(0, max(medians) * 1.15)
        panel.spines[["top", "right"]].set_visible(False)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    save(figure, about, file)


def lines(panels, about, file):
    """Panels side by side: (title, x label, y label, {name: [(x, y), …]})."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(3.6 * columns, 2.8 * rows), squeeze=False)
    for axis, (title, x_label, y_label, series) in zip(axes.flat, panels):
        for name, points in series.items():
            axis.plot(*zip(*points), marker="o" if len(points) < 30 else None, markersize=3, linewidth=1.2, label=name)
        axis.set_title(title)
        axis.set_xlabel(x_label)
        axis.set_ylabel(y_label)
        axis.set_ylim(bottom=0)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.spines[["top", "right"]].set_visible(False)
        if len(series) > 1:
            axis.legend(fontsize=7)
    for axis in list(axes.flat)[len(panels) :]:
        axis.set_visible(False)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    save(figure, about, file)
