// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_GIF_H
#define FACEANON_PICTURES_GIF_H

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"

typedef struct {
    uint32_t width;
    uint32_t height;
    /// What follows is known after the last frame only. How often it is shown again: -1 not at all, 0 for ever.
    int loops;
    int has_comments;
    int has_texts;
    /// Data of programs, XMP among them.
    int has_data;
    size_t trailing;
} pictures_gif_facts;

typedef struct {
    uint32_t left, top, width, height;
    /// 1/100 s.
    int delay;
    /// What becomes of it before the next frame: 0 and 1 it stays, 2 it is cleared, 3 what was there before comes back.
    int disposal;
    /// The palette's entry that is not painted, or -1.
    int transparent;
    int palette_count;
    uint8_t palette[768];
    /// Entries of the palette, or of none.
    pictures_plane indices;
} pictures_gif_frame;

typedef struct {
    GifFileType *file;
    const uint8_t *bytes;
    size_t count, position;
    pictures_gif_facts facts;
} pictures_gif;

static inline int pictures_gif_read_bytes(GifFileType *file, GifByteType *into, int count) {
    pictures_gif *gif = file->UserData;
    size_t left = gif->count - gif->position, wanted = count > 0 ? (size_t)count : 0;
    if (wanted > left) wanted = left;
    memcpy(into, gif->bytes + gif->position, wanted);
    gif->position += wanted;
    return (int)wanted;
}

static inline pictures_status pictures_gif_failed(int error, pictures_message *message) {
    switch (error) {
        case D_GIF_ERR_NOT_ENOUGH_MEM: pictures_say(message, "out of memory"); return PICTURES_NO_MEMORY;
        case D_GIF_ERR_READ_FAILED:
        case D_GIF_ERR_EOF_TOO_SOON: pictures_say(message, "the file ends early"); return PICTURES_DAMAGED;
        default: {
            const char *text = GifErrorString(error);
            pictures_say(message, "%s", text != NULL ? text : "its data are not those of a GIF");
            return PICTURES_DAMAGED;
        }
    }
}

static inline pictures_status pictures_gif_open(const uint8_t *bytes, size_t count, pictures_gif **opened,
                                  pictures_message *message) {
    int error = 0;
    pictures_gif *gif = calloc(1, sizeof *gif);
    if (gif == NULL) return pictures_gif_failed(D_GIF_ERR_NOT_ENOUGH_MEM, message);
    gif->bytes = bytes;
    gif->count = count;
    gif->facts.loops = -1;
    gif->file = DGifOpen(gif, pictures_gif_read_bytes, &error);
    if (gif->file == NULL) {
        free(gif);
        return pictures_gif_failed(error, message);
    }
    gif->facts.width = (uint32_t)gif->file->SWidth;
    gif->facts.height = (uint32_t)gif->file->SHeight;
    *opened = gif;
    return PICTURES_OK;
}

static inline void pictures_gif_close(pictures_gif *gif) {
    int error;
    if (gif == NULL) return;
    DGifCloseFile(gif->file, &error);
    free(gif);
}

static inline pictures_gif_facts pictures_gif_facts_of(const pictures_gif *gif) { return gif->facts; }

// What an extension says of the next frame, or of all of it. Its blocks begin with their length.
static inline int pictures_gif_read_extension(pictures_gif *gif, pictures_gif_frame *frame) {
    int code = 0, is_loop = 0, is_first = 1;
    GifByteType *block = NULL;
    if (DGifGetExtension(gif->file, &code, &block) == GIF_ERROR) return 0;
    while (block != NULL) {
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE && is_first && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
            frame->delay = control.DelayTime;
            frame->disposal = control.DisposalMode;
            frame->transparent = control.TransparentColor;
        } else if (code == APPLICATION_EXT_FUNC_CODE && is_first && block[0] == 11 &&
                   (memcmp(block + 1, "NETSCAPE2.0", 11) == 0 || memcmp(block + 1, "ANIMEXTS1.0", 11) == 0)) {
            is_loop = 1;
        } else if (is_loop && block[0] >= 3 && block[1] == 1) {
            gif->facts.loops = block[2] | block[3] << 8;
        } else if (code == COMMENT_EXT_FUNC_CODE) {
            gif->facts.has_comments = 1;
        } else if (code == PLAINTEXT_EXT_FUNC_CODE) {
            gif->facts.has_texts = 1;
        } else if (!is_loop && code == APPLICATION_EXT_FUNC_CODE) {
            gif->facts.has_data = 1;
        }
        is_first = 0;
        if (DGifGetExtensionNext(gif->file, &block) == GIF_ERROR) return 0;
    }
    return 1;
}

static inline int pictures_gif_read_pixels(pictures_gif *gif, pictures_gif_frame *frame) {
    static const uint32_t starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    int passes = gif->file->Image.Interlace ? 4 : 1;
    for (int pass = 0; pass < passes; pass++) {
        uint32_t start = passes == 1 ? 0 : starts[pass], step = passes == 1 ? 1 : steps[pass];
        for (uint32_t y = start; y < frame->height; y += step) {
            if (DGifGetLine(gif->file, pictures_row(&frame->indices, y), (int)frame->width) == GIF_ERROR) return 0;
        }
    }
    return 1;
}

static inline int pictures_gif_skip_pixels(pictures_gif *gif) {
    int size;
    GifByteType *block = NULL;
    if (DGifGetCode(gif->file, &size, &block) == GIF_ERROR) return 0;
    while (block != NULL) {
        if (DGifGetCodeNext(gif->file, &block) == GIF_ERROR) return 0;
    }
    return 1;
}

static inline pictures_status pictures_gif_read_image(pictures_gif *gif, int header_only, pictures_gif_frame *frame,
                                  pictures_message *message) {
    GifFileType *file = gif->file;
    if (DGifGetImageHeader(file) == GIF_ERROR) return pictures_gif_failed(file->Error, message);
    frame->left = (uint32_t)file->Image.Left;
    frame->top = (uint32_t)file->Image.Top;
    frame->width = (uint32_t)file->Image.Width;
    frame->height = (uint32_t)file->Image.Height;
    if (frame->width == 0 || frame->height == 0) {
        pictures_say(message, "a frame has no pixels");
        return PICTURES_DAMAGED;
    }
    if (header_only) return pictures_gif_skip_pixels(gif) ? PICTURES_OK : pictures_gif_failed(file->Error, message);
    // The screen bounds what is shown, and with it the memory.
    if (frame->left + frame->width > gif->facts.width || frame->top + frame->height > gif->facts.height) {
        pictures_say(message, "a frame is not within the picture");
        return PICTURES_DAMAGED;
    }
    const ColorMapObject *map = file->Image.ColorMap != NULL ? file->Image.ColorMap : file->SColorMap;
    if (map == NULL) {
        pictures_say(message, "a frame has no palette");
        return PICTURES_DAMAGED;
    }
    frame->palette_count = map->ColorCount > 256 ? 256 : map->ColorCount;
    for (int i = 0; i < frame->palette_count; i++) {
        frame->palette[3 * i] = map->Colors[i].Red;
        frame->palette[3 * i + 1] = map->Colors[i].Green;
        frame->palette[3 * i + 2] = map->Colors[i].Blue;
    }
    if (!pictures_make_plane(&frame->indices, frame->width, frame->height, 1)) {
        return pictures_gif_failed(D_GIF_ERR_NOT_ENOUGH_MEM, message);
    }
    return pictures_gif_read_pixels(gif, frame) ? PICTURES_OK : pictures_gif_failed(file->Error, message);
}

static inline pictures_status pictures_gif_next(pictures_gif *gif, int header_only, pictures_gif_frame *frame, int *is_end,
                                  pictures_message *message) {
    memset(frame, 0, sizeof *frame);
    frame->transparent = -1;
    *is_end = 0;
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(gif->file, &type) == GIF_ERROR) return pictures_gif_failed(gif->file->Error, message);
        if (type == IMAGE_DESC_RECORD_TYPE) return pictures_gif_read_image(gif, header_only, frame, message);
        if (type == TERMINATE_RECORD_TYPE) {
            *is_end = 1;
            gif->facts.trailing = gif->count - gif->position;
            return PICTURES_OK;
        }
        if (type != EXTENSION_RECORD_TYPE || !pictures_gif_read_extension(gif, frame)) return pictures_gif_failed(gif->file->Error, message);
    }
}

static inline void pictures_gif_clear(pictures_gif_frame *frame) {
    free(frame->indices.base);
    memset(frame, 0, sizeof *frame);
}

typedef struct {
    GifFileType *file;
    pictures_bytes written;
    size_t room;
    int width, height;
} pictures_gif_writer;

static inline int pictures_gif_write_bytes(GifFileType *file, const GifByteType *bytes, int count) {
    pictures_gif_writer *writer = file->UserData;
    size_t wanted = count > 0 ? (size_t)count : 0, end = writer->written.count + wanted;
    if (end > writer->room) {
        size_t room = writer->room < 65536 ? 65536 : writer->room;
        while (room < end) room *= 2;
        uint8_t *grown = realloc(writer->written.bytes, room);
        if (grown == NULL) return 0;
        writer->written.bytes = grown;
        writer->room = room;
    }
    memcpy(writer->written.bytes + writer->written.count, bytes, wanted);
    writer->written.count = end;
    return count;
}

static inline pictures_status pictures_gif_unwritten(pictures_message *message) {
    pictures_say(message, "out of memory, or a frame that GIF cannot hold");
    return PICTURES_FAILED;
}

static inline pictures_status pictures_gif_create(uint32_t width, uint32_t height, int loops, pictures_gif_writer **created,
                                    pictures_message *message) {
    int error = 0;
    pictures_gif_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) return pictures_gif_unwritten(message);
    *created = writer;
    writer->width = (int)width;
    writer->height = (int)height;
    writer->file = EGifOpen(writer, pictures_gif_write_bytes, &error);
    if (writer->file == NULL || width > 65535 || height > 65535) return pictures_gif_unwritten(message);
    EGifSetGifVersion(writer->file, true);
    if (EGifPutScreenDesc(writer->file, (int)width, (int)height, 8, 0, NULL) == GIF_ERROR) return pictures_gif_unwritten(message);
    if (loops < 0) return PICTURES_OK;
    GifByteType times[3] = {1, (GifByteType)(loops & 255), (GifByteType)(loops >> 8 & 255)};
    int is_whole = EGifPutExtensionLeader(writer->file, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
                   EGifPutExtensionBlock(writer->file, 11, "NETSCAPE2.0") == GIF_OK &&
                   EGifPutExtensionBlock(writer->file, 3, times) == GIF_OK &&
                   EGifPutExtensionTrailer(writer->file) == GIF_OK;
    return is_whole ? PICTURES_OK : pictures_gif_unwritten(message);
}

static inline pictures_status pictures_gif_add(pictures_gif_writer *writer, const uint8_t *indices, const uint8_t *palette,
                                 int palette_count, int transparent, int delay, int disposal,
                                 pictures_message *message) {
    int size = 2;
    while (size < palette_count) size *= 2;
    ColorMapObject *map = size <= 256 ? GifMakeMapObject(size, NULL) : NULL;
    if (map == NULL) return pictures_gif_unwritten(message);
    memset(map->Colors, 0, (size_t)size * sizeof *map->Colors);
    for (int i = 0; i < palette_count; i++) {
        map->Colors[i] = (GifColorType){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
    }
    GraphicsControlBlock control = {
        .DisposalMode = disposal, .UserInputFlag = false, .DelayTime = delay, .TransparentColor = transparent};
    GifByteType packed[4];
    size_t count = EGifGCBToExtension(&control, packed);
    int is_whole = EGifPutExtension(writer->file, GRAPHICS_EXT_FUNC_CODE, (int)count, packed) == GIF_OK &&
                   EGifPutImageDesc(writer->file, 0, 0, writer->width, writer->height, false, map) == GIF_OK;
    GifFreeMapObject(map);
    // giflib writes to the line that it is given.
    GifPixelType *line = malloc((size_t)writer->width);
    is_whole = is_whole && line != NULL;
    for (int y = 0; is_whole && y < writer->height; y++) {
        memcpy(line, indices + (size_t)y * (size_t)writer->width, (size_t)writer->width);
        is_whole = EGifPutLine(writer->file, line, writer->width) == GIF_OK;
    }
    free(line);
    return is_whole ? PICTURES_OK : pictures_gif_unwritten(message);
}

static inline pictures_status pictures_gif_finish(pictures_gif_writer *writer, pictures_bytes *written, pictures_message *message) {
    int error = 0;
    if (writer == NULL) return pictures_gif_unwritten(message);
    int is_whole = writer->file != NULL && EGifCloseFile(writer->file, &error) == GIF_OK;
    if (is_whole && written != NULL) {
        *written = writer->written;
    } else {
        free(writer->written.bytes);
    }
    free(writer);
    return is_whole ? PICTURES_OK : pictures_gif_unwritten(message);
}

#endif
