// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// Suffixes of pictures and videos. They only decide how a file of a folder that cannot be read is counted: one that is
/// called so is a failure, another one is left alone.
enum MaskKinds {
    static let all: Set<String> = [
        "mp4", "m4v", "mov", "qt", "mkv", "mk3d", "webm", "avi", "divx", "ts", "m2ts", "mts", "m2t", "mpg", "mpeg",
        "mpe",
        "m2v", "vob", "flv", "f4v", "wmv", "asf", "ogv", "ogm", "3gp", "3g2", "mxf", "nut", "dv", "y4m", "h264", "264",
        "h265", "265", "hevc", "ivf", "wtv", "rm", "rmvb", "mjpeg", "mjpg", "jpg", "jpeg", "jpe", "jfif", "png", "apng",
        "gif", "webp", "bmp", "tif", "tiff",
    ]
}
