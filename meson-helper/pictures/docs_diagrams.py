# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""The drawings of docs/: who gets the clear picture, and who the masked one."""

import html

CLEAR, MASKED, DATA = "clear", "masked", "data"
COLORS = {CLEAR: "#c0392b", MASKED: "#1e7d46", DATA: "#5d6d7e"}
FONT = "font-family='DejaVu Sans, Verdana, sans-serif'"


class Drawing:
    """Boxes and arrows on a white sheet, which reads the same on dark pages."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title = width, height, title
        self.parts = []

    def zone(self, x, y, width, height, label):
        """A place, such as a machine or a network."""
        self.parts.append(
            f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='10' fill='#f1f4f7' stroke='#b8c2cc' "
            "stroke-dasharray='5 4'/>"
        )
        self.text(x + 12, y + 18, label, size=12, color="#5d6d7e", anchor="start")

    def box(self, x, y, width, height, *lines, kind=None, plain=False):
        """Something that takes or gives a picture; the first of its lines is its name, unless it is plain."""
        stroke = COLORS.get(kind, "#34495e")
        fill = "#e9f7ef" if kind == MASKED else "#fdf0ee" if kind == CLEAR else "#ffffff"
        self.parts.append(
            f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='6' fill='{fill}' stroke='{stroke}' "
            "stroke-width='1.6'/>"
        )
        first = y + height / 2 + 5 - 9 * (len(lines) - 1)
        for number, line in enumerate(lines):
            is_name = number == 0 and not plain
            self.text(x + width / 2, first + 18 * number, line, bold=is_name, size=13 if is_name else 11.5)

    def arrow(self, x1, y1, x2, y2, kind, label="", below=False):
        """The way of a picture, or of data about it."""
        dash = " stroke-dasharray='2 3'" if kind == DATA else ""
        self.parts.append(
            f"<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' stroke='{COLORS[kind]}' stroke-width='2.4'{dash} "
            f"marker-end='url(#{kind})'/>"
        )
        if label:
            self.text((x1 + x2) / 2, (y1 + y2) / 2 + (17 if below else -8), label, size=12, color=COLORS[kind])

    def cross(self, x, y):
        """Where no picture gets through."""
        self.parts.append(
            f"<path d='M{x - 8} {y - 8} L{x + 8} {y + 8} M{x - 8} {y + 8} L{x + 8} {y - 8}' stroke='{COLORS[CLEAR]}' "
            "stroke-width='3'/>"
        )

    def text(self, x, y, line, size=13.0, color="#1c2833", anchor="middle", bold=False):
        """One line."""
        weight = " font-weight='bold'" if bold else ""
        self.parts.append(
            f"<text x='{x:g}' y='{y:g}' {FONT} font-size='{size:g}' fill='{color}' text-anchor='{anchor}'{weight}>"
            f"{html.escape(line)}</text>"
        )

    def svg(self):
        """The file's text."""
        markers = "".join(
            f"<marker id='{kind}' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' "
            f"markerUnits='userSpaceOnUse' orient='auto'><path d='M0 0 L10 5 L0 10 z' fill='{color}'/></marker>"
            for kind, color in COLORS.items()
        ).replace("markerWidth='7' markerHeight='7'", "markerWidth='12' markerHeight='12'")
        body = "\n".join(self.parts)
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {self.width} {self.height}' width='{self.width}' "
            f"role='img'>\n<title>{html.escape(self.title)}</title>\n<defs>{markers}</defs>\n"
            f"<rect width='{self.width}' height='{self.height}' rx='8' fill='#ffffff' stroke='#dfe4e8'/>\n{body}\n</svg>\n"
        )


def restream():
    """A camera, masked, to a server of others."""
    drawing = Drawing(760, 200, "A camera's stream goes in clear to faceanon restream, and masked to server and viewers")
    drawing.zone(16, 16, 360, 168, "your own network")
    drawing.box(34, 74, 110, 52, "camera", "rtsp://10.0.0.7", kind=CLEAR)
    drawing.box(208, 66, 150, 68, "faceanon", "restream", "your machine")
    drawing.box(484, 74, 110, 52, "RTSP server", "takes RECORD", kind=MASKED)
    drawing.box(664, 40, 80, 36, "viewer", kind=MASKED)
    drawing.box(664, 124, 80, 36, "viewer", kind=MASKED)
    drawing.arrow(144, 100, 208, 100, CLEAR, "clear")
    drawing.arrow(358, 100, 484, 100, MASKED)
    drawing.text(430, 92, "masked", size=12, color=COLORS[MASKED])
    drawing.arrow(594, 92, 664, 60, MASKED)
    drawing.arrow(594, 108, 664, 140, MASKED)
    return drawing


def server():
    """Cameras behind a server that has masked video only."""
    drawing = Drawing(760, 236, "Cameras are seen in clear by faceanon serve alone; viewers get masked video only")
    drawing.zone(16, 16, 432, 204, "a network that only this machine reaches")
    drawing.box(34, 56, 110, 48, "camera", "door", kind=CLEAR)
    drawing.box(34, 150, 110, 48, "camera", "yard", kind=CLEAR)
    drawing.box(262, 62, 168, 128, "faceanon", "serve", "", "/door   /yard")
    drawing.box(600, 56, 140, 48, "viewer", "rtsp://…/door", kind=MASKED)
    drawing.box(600, 150, 140, 48, "viewer", "rtsp://…/yard", kind=MASKED)
    drawing.arrow(144, 80, 262, 98, CLEAR, "clear")
    drawing.arrow(144, 174, 262, 154, CLEAR, "clear", below=True)
    drawing.arrow(430, 98, 600, 80, MASKED, "masked, users, TLS")
    drawing.arrow(430, 154, 600, 174, MASKED, "masked, users, TLS", below=True)
    return drawing


def relay():
    """Two applications of an RTMP server."""
    drawing = Drawing(760, 240, "Publishers reach the application clear, viewers the application masked")
    drawing.zone(196, 16, 368, 208, "this machine: RTMP server and faceanon relay")
    drawing.box(16, 58, 110, 48, "publisher", "in clear", kind=CLEAR)
    drawing.box(214, 58, 130, 48, "clear", "play: 127.0.0.1", kind=CLEAR)
    drawing.box(214, 154, 130, 48, "masked", "publish: 127.0.0.1", kind=MASKED)
    drawing.box(412, 98, 136, 60, "faceanon", "relay")
    drawing.box(16, 154, 110, 48, "viewer", "masked", kind=MASKED)
    drawing.arrow(126, 82, 214, 82, CLEAR)
    drawing.arrow(344, 82, 440, 98, CLEAR)
    drawing.arrow(440, 158, 344, 178, MASKED)
    drawing.arrow(214, 178, 126, 178, MASKED)
    drawing.arrow(620, 82, 350, 70, CLEAR)
    drawing.cross(480, 76)
    drawing.box(620, 58, 124, 48, "anybody else", "deny play")
    return drawing


def recording():
    """A folder of segments."""
    drawing = Drawing(760, 250, "Segments by time with a report beside each; the oldest are deleted")
    drawing.box(16, 100, 104, 48, "camera", "in clear", kind=CLEAR)
    drawing.box(206, 92, 150, 64, "faceanon", "record")
    drawing.zone(424, 14, 322, 222, "recordings/")
    rows = ["20260124T120000Z", "20260131T114000Z", "20260131T115000Z", "20260131T120000Z"]
    for number, time in enumerate(rows):
        y = 44 + 46 * number
        drawing.box(434, y, 194, 34, f"door-{time}.mkv", kind=MASKED, plain=True)
        drawing.box(636, y, 100, 34, "and its .jsonl", plain=True)
        if number == 0:
            drawing.cross(632, y + 17)
    drawing.text(531, 229, "being written", size=11, color="#5d6d7e")
    drawing.arrow(120, 124, 206, 124, CLEAR, "clear")
    drawing.arrow(356, 124, 424, 124, MASKED, "masked", below=True)
    drawing.text(281, 182, "--segment 600", size=12, color="#5d6d7e")
    drawing.text(281, 200, "--keep-for 7d", size=12, color="#5d6d7e")
    return drawing


def application():
    """Frames of an application."""
    drawing = Drawing(760, 190, "Frames go through appsrc, faceanon and appsink; bus messages and metas tell of faces")
    drawing.zone(16, 16, 728, 158, "your application")
    drawing.box(34, 54, 112, 48, "your frames", "in clear", kind=CLEAR)
    drawing.box(204, 60, 82, 36, "appsrc")
    drawing.box(330, 54, 104, 48, "faceanon", "in place")
    drawing.box(478, 60, 82, 36, "appsink")
    drawing.box(616, 54, 112, 48, "your frames", "masked", kind=MASKED)
    drawing.box(282, 126, 200, 34, "bus: where the faces are", plain=True)
    drawing.box(590, 126, 138, 34, "metas: the same", plain=True)
    drawing.arrow(146, 78, 204, 78, CLEAR)
    drawing.arrow(286, 78, 330, 78, CLEAR)
    drawing.arrow(434, 78, 478, 78, MASKED)
    drawing.arrow(560, 78, 616, 78, MASKED)
    drawing.arrow(382, 102, 382, 126, DATA)
    drawing.arrow(660, 102, 660, 126, DATA)
    return drawing


def who_sees_what():
    """The ways that remain to the clear picture."""
    drawing = Drawing(760, 230, "Viewers get masked video; the camera's own URL still gives the clear picture")
    drawing.box(24, 40, 116, 52, "camera", "has its own URL", kind=CLEAR)
    drawing.box(300, 40, 140, 52, "faceanon", "clear in memory")
    drawing.box(620, 40, 116, 52, "viewer", kind=MASKED)
    drawing.box(24, 156, 232, 48, "whoever knows its URL", "and its password", kind=CLEAR)
    drawing.box(290, 156, 160, 48, "root, its own user", "core dumps, swap", kind=CLEAR)
    drawing.box(490, 156, 246, 48, "readers of report, bus, metas", "boxes and times, no picture")
    drawing.arrow(140, 66, 300, 66, CLEAR)
    drawing.text(220, 58, "clear", size=12, color=COLORS[CLEAR])
    drawing.text(220, 84, "rtsps, or its own net", size=11, color=COLORS[CLEAR])
    drawing.arrow(440, 66, 620, 66, MASKED, "masked")
    drawing.arrow(82, 92, 82, 156, CLEAR)
    drawing.arrow(370, 92, 370, 156, CLEAR)
    drawing.arrow(420, 92, 560, 156, DATA)
    return drawing


DRAWINGS = {
    "rtsp-restream": restream,
    "rtsp-server": server,
    "rtmp-relay": relay,
    "recording": recording,
    "in-your-application": application,
    "who-can-see-what": who_sees_what,
}
