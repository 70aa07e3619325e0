// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
#ifndef FACEANON_PICTURES_JPEG_H
#define FACEANON_PICTURES_JPEG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>
#include <setjmp.h>

#include "pictures.h"

// More scans than any encoder makes: a small file could keep a decoder busy for hours.
// https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf
enum { pictures_jpeg_most_scans = 500 };

typedef struct {
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    pictures_message *message;
    pictures_status status;
    struct jpeg_decompress_struct reader;
    struct jpeg_compress_struct writer;
    // Row pointers of one band, for each component; and the padded planes that they point into.
    JSAMPROW rows[4][4 * DCTSIZE];
    pictures_plane padded[4];
    JOCTET *profile;
    unsigned char *written;
    unsigned long written_count;
} pictures_jpeg_work;

static inline pictures_jpeg_work *pictures_jpeg_work_of(j_common_ptr any) { return any->client_data; }

static inline _Noreturn void pictures_jpeg_give_up(pictures_jpeg_work *work, pictures_status status) {
    work->status = status;
    longjmp(work->back, 1);
}

static inline void pictures_jpeg_failed(j_common_ptr any) {
    pictures_jpeg_work *work = pictures_jpeg_work_of(any);
    char text[JMSG_LENGTH_MAX];
    any->err->format_message(any, text);
    pictures_say(work->message, "%s", text);
    switch (any->err->msg_code) {
        case JERR_OUT_OF_MEMORY: pictures_jpeg_give_up(work, PICTURES_NO_MEMORY);
        // Well-made, but not by what libjpeg reads: 12 bits a sample, lossless, hierarchical.
        case JERR_BAD_PRECISION:
        case JERR_SOF_UNSUPPORTED:
        case JERR_IMAGE_TOO_BIG:
        case JERR_ARITH_NOTIMPL:
        case JERR_CONVERSION_NOTIMPL:
            pictures_say(work->message, "a JPEG of a sort that libjpeg does not read (%.150s)", text);
            pictures_jpeg_give_up(work, PICTURES_UNSUPPORTED);
        default: pictures_jpeg_give_up(work, PICTURES_DAMAGED);
    }
}

// A warning means that the decoder has mended something: grey blocks, an end that was not there.
static inline void pictures_jpeg_said(j_common_ptr any, int level) {
    if (level >= 0) return;
    switch (any->err->msg_code) {
        // A version of JFIF or a transform of Adobe's that is not known, a profile that is none: nothing is lost.
        case JWRN_BOGUS_ICC:
        case JWRN_JFIF_MAJOR:
        case JWRN_ADOBE_XFORM: return;
        default: pictures_jpeg_failed(any);
    }
}

static inline void pictures_jpeg_watch_scans(j_common_ptr any) {
    if (any->is_decompressor && ((j_decompress_ptr)any)->input_scan_number > pictures_jpeg_most_scans) {
        pictures_say(pictures_jpeg_work_of(any)->message, "a JPEG of more than %d scans", pictures_jpeg_most_scans);
        pictures_jpeg_give_up(pictures_jpeg_work_of(any), PICTURES_UNSUPPORTED);
    }
}

static inline pictures_jpeg_work *pictures_jpeg_begin(pictures_message *message) {
    pictures_jpeg_work *work = calloc(1, sizeof *work);
    pictures_say(message, "out of memory");
    if (work == NULL) return NULL;
    work->message = message;
    jpeg_std_error(&work->errors);
    work->errors.error_exit = pictures_jpeg_failed;
    work->errors.emit_message = pictures_jpeg_said;
    work->progress.progress_monitor = pictures_jpeg_watch_scans;
    return work;
}

// What the planes of raw data are: every chroma component sampled alike, by 1, 2 or 4.
static inline int pictures_jpeg_is_plain_sampling(j_decompress_ptr reader) {
    const jpeg_component_info *c = reader->comp_info;
    if (reader->num_components != 3) return 0;
    if (c[0].h_samp_factor != reader->max_h_samp_factor || c[0].v_samp_factor != reader->max_v_samp_factor) return 0;
    if (c[1].h_samp_factor != c[2].h_samp_factor || c[1].v_samp_factor != c[2].v_samp_factor) return 0;
    for (int step = 0; step < 2; step++) {
        int most = step ? c[0].v_samp_factor : c[0].h_samp_factor;
        int own = step ? c[1].v_samp_factor : c[1].h_samp_factor;
        if (most % own != 0 || most / own == 3) return 0;
    }
    return 1;
}

static inline void pictures_jpeg_read_tables(pictures_jpeg_work *work, pictures_picture *picture) {
    j_decompress_ptr reader = &work->reader;
    for (int i = 0; i < reader->num_components && i < 4; i++) {
        // The components keep the table that was in force at their first scan.
        const jpeg_component_info *component = &reader->comp_info[i];
        const JQUANT_TBL *table = component->quant_table;
        if (table == NULL && component->quant_tbl_no >= 0 && component->quant_tbl_no < NUM_QUANT_TBLS) {
            table = reader->quant_tbl_ptrs[component->quant_tbl_no];
        }
        for (int k = 0; k < DCTSIZE2; k++) {
            picture->quantisation[i][k] = table == NULL || table->quantval[k] == 0 ? 1 : table->quantval[k];
        }
    }
}

static inline void pictures_jpeg_read_header(pictures_jpeg_work *work, const uint8_t *bytes, size_t count,
                                             pictures_picture *picture) {
    j_decompress_ptr reader = &work->reader;
    jpeg_mem_src(reader, bytes, (unsigned long)count);
    jpeg_save_markers(reader, JPEG_APP0 + 2, 0xffff);
    jpeg_read_header(reader, TRUE);
    picture->width = reader->image_width;
    picture->height = reader->image_height;
    picture->depth = 8;
    picture->orientation = 1;
    picture->horizontal_sampling = picture->vertical_sampling = 1;
    picture->is_progressive = reader->progressive_mode;
    picture->density_x = reader->X_density;
    picture->density_y = reader->Y_density;
    picture->density_unit = reader->saw_JFIF_marker && reader->density_unit <= 2 ? reader->density_unit : 0;
    if (!reader->saw_JFIF_marker) picture->density_x = picture->density_y = 0;
    picture->model = PICTURES_YUV_PLANES;
    switch (reader->jpeg_color_space) {
        case JCS_GRAYSCALE: picture->model = PICTURES_GREY; break;
        case JCS_RGB: picture->model = PICTURES_RGB_PLANES; break;
        case JCS_YCbCr: break;
        case JCS_CMYK: case JCS_YCCK: picture->notes |= PICTURES_WAS_CMYK; break;
        default:
            pictures_say(work->message, "a JPEG with %d components of an unknown sort", reader->num_components);
            pictures_jpeg_give_up(work, PICTURES_UNSUPPORTED);
    }
    if (picture->model != PICTURES_GREY && !(picture->notes & PICTURES_WAS_CMYK)) {
        const jpeg_component_info *c = reader->comp_info;
        if (!pictures_jpeg_is_plain_sampling(reader) ||
            (picture->model == PICTURES_RGB_PLANES &&
             (c[1].h_samp_factor != c[0].h_samp_factor || c[1].v_samp_factor != c[0].v_samp_factor))) {
            picture->model = PICTURES_YUV_PLANES;
            picture->notes |= PICTURES_WAS_ODD_SAMPLING;
        } else {
            picture->horizontal_sampling = c[0].h_samp_factor / c[1].h_samp_factor;
            picture->vertical_sampling = c[0].v_samp_factor / c[1].v_samp_factor;
        }
    }
    unsigned profile_count = 0;
    if (!(picture->notes & PICTURES_WAS_CMYK) && jpeg_read_icc_profile(reader, &work->profile, &profile_count)) {
        picture->profile.bytes = work->profile;
        picture->profile.count = profile_count;
        work->profile = NULL;
    }
}

static inline void pictures_jpeg_make_plane(pictures_jpeg_work *work, pictures_plane *plane, uint32_t width,
                                            uint32_t height, uint32_t step) {
    if (pictures_make_plane(plane, width, height, step)) return;
    pictures_say(work->message, "out of memory");
    pictures_jpeg_give_up(work, PICTURES_NO_MEMORY);
}

static inline uint32_t pictures_jpeg_whole_blocks(uint32_t blocks, int factor) {
    uint32_t f = (uint32_t)factor;
    return (blocks + f - 1) / f * f * DCTSIZE;
}

// The samples as they are stored, without a conversion of colours or sizes.
static inline void pictures_jpeg_read_planes(pictures_jpeg_work *work, pictures_picture *picture) {
    j_decompress_ptr reader = &work->reader;
    reader->raw_data_out = TRUE;
    reader->out_color_space = reader->jpeg_color_space;
    jpeg_start_decompress(reader);
    pictures_jpeg_read_tables(work, picture);
    picture->plane_count = reader->num_components;
    JSAMPARRAY bands[4];
    for (int i = 0; i < reader->num_components; i++) {
        const jpeg_component_info *c = &reader->comp_info[i];
        uint32_t width = pictures_jpeg_whole_blocks(c->width_in_blocks, c->h_samp_factor);
        uint32_t height = pictures_jpeg_whole_blocks(c->height_in_blocks, c->v_samp_factor);
        pictures_jpeg_make_plane(work, &work->padded[i], width, height, 1);
        pictures_jpeg_make_plane(work, &picture->planes[i], c->downsampled_width, c->downsampled_height, 1);
        bands[i] = work->rows[i];
    }
    uint32_t band = (uint32_t)reader->max_v_samp_factor * DCTSIZE;
    while (reader->output_scanline < reader->output_height) {
        uint32_t number = reader->output_scanline / band;
        for (int i = 0; i < reader->num_components; i++) {
            uint32_t lines = (uint32_t)reader->comp_info[i].v_samp_factor * DCTSIZE;
            for (uint32_t y = 0; y < lines; y++) work->rows[i][y] = pictures_row(&work->padded[i], number * lines + y);
        }
        jpeg_read_raw_data(reader, bands, band);
    }
    jpeg_finish_decompress(reader);
    for (int i = 0; i < picture->plane_count; i++) {
        const pictures_plane *plane = &picture->planes[i];
        for (uint32_t y = 0; y < plane->height; y++) {
            memcpy(pictures_row(plane, y), pictures_row(&work->padded[i], y), plane->width);
        }
    }
}

// CMYK, and colour planes sampled in unusual ways: in full size, for the caller to convert.
static inline void pictures_jpeg_read_colours(pictures_jpeg_work *work, pictures_picture *picture) {
    j_decompress_ptr reader = &work->reader;
    if (picture->notes & PICTURES_WAS_CMYK) {
        reader->out_color_space = JCS_CMYK;
        picture->conversion = reader->saw_Adobe_marker ? PICTURES_FROM_INVERTED_CMYK : PICTURES_FROM_CMYK;
    } else {
        int is_rgb = reader->jpeg_color_space == JCS_RGB;
        reader->out_color_space = is_rgb ? JCS_RGB : JCS_YCbCr;
        picture->conversion = is_rgb ? PICTURES_FROM_RGB : PICTURES_FROM_YUV;
    }
    jpeg_start_decompress(reader);
    pictures_jpeg_read_tables(work, picture);
    picture->plane_count = 1;
    pictures_plane *plane = &picture->planes[0];
    pictures_jpeg_make_plane(work, plane, picture->width, picture->height, (uint32_t)reader->output_components);
    while (reader->output_scanline < reader->output_height) {
        JSAMPROW row = pictures_row(plane, reader->output_scanline);
        jpeg_read_scanlines(reader, &row, 1);
    }
    jpeg_finish_decompress(reader);
}

static inline int pictures_jpeg_guarded_read(pictures_jpeg_work *work, const uint8_t *bytes, size_t count,
                                             int header_only, pictures_picture *picture) {
    if (setjmp(work->back) != 0) return 0;
    jpeg_create_decompress(&work->reader);
    work->reader.progress = &work->progress;
    pictures_jpeg_read_header(work, bytes, count, picture);
    if (header_only) return 1;
    if (picture->notes & (PICTURES_WAS_CMYK | PICTURES_WAS_ODD_SAMPLING)) {
        pictures_jpeg_read_colours(work, picture);
    } else {
        pictures_jpeg_read_planes(work, picture);
    }
    // All of the file is in the buffer.
    picture->trailing = work->reader.src->bytes_in_buffer;
    return 1;
}

static inline void pictures_jpeg_release(pictures_jpeg_work *work) {
    for (int i = 0; i < 4; i++) free(work->padded[i].base);
    free(work->profile), free(work->written), free(work);
}

static inline pictures_status pictures_read_jpeg(const uint8_t *bytes, size_t count, int header_only,
                                                 pictures_picture *picture, pictures_message *message) {
    pictures_jpeg_work *work = pictures_jpeg_begin(message);
    if (work == NULL) return PICTURES_NO_MEMORY;
    work->reader.err = &work->errors;
    work->reader.client_data = work;
    int is_whole = pictures_jpeg_guarded_read(work, bytes, count, header_only, picture);
    pictures_status status = is_whole ? PICTURES_OK : work->status;
    jpeg_destroy_decompress(&work->reader);
    pictures_jpeg_release(work);
    return status;
}

static inline void pictures_jpeg_set_tables(pictures_jpeg_work *work, const pictures_picture *picture) {
    j_compress_ptr writer = &work->writer;
    if (picture->quality > 0) {
        jpeg_set_quality(writer, picture->quality, TRUE);
        return;
    }
    // Equal tables once, since files that hold three are uncommon.
    for (int i = 0; i < writer->num_components; i++) {
        int own = i;
        for (int k = 0; k < i; k++) {
            if (memcmp(picture->quantisation[k], picture->quantisation[i], sizeof picture->quantisation[i]) == 0) {
                own = writer->comp_info[k].quant_tbl_no;
                break;
            }
        }
        writer->comp_info[i].quant_tbl_no = own;
        if (own != i) continue;
        unsigned table[DCTSIZE2];
        const uint16_t *from = picture->quantisation[i];
        for (int k = 0; k < DCTSIZE2; k++) table[k] = from[k] == 0 ? 1 : from[k];
        jpeg_add_quant_table(writer, own, table, 100, FALSE);
    }
}

// The last row and column go on to the edge of the last block.
static inline void pictures_jpeg_pad(pictures_jpeg_work *work, int i, const pictures_plane *plane) {
    const jpeg_component_info *c = &work->writer.comp_info[i];
    pictures_plane *padded = &work->padded[i];
    uint32_t width = pictures_jpeg_whole_blocks(c->width_in_blocks, c->h_samp_factor);
    uint32_t height = pictures_jpeg_whole_blocks(c->height_in_blocks, c->v_samp_factor);
    pictures_jpeg_make_plane(work, padded, width, height, 1);
    if (padded->width < plane->width || padded->height < plane->height || plane->width == 0 || plane->height == 0) {
        pictures_say(work->message, "planes of another size");
        pictures_jpeg_give_up(work, PICTURES_FAILED);
    }
    for (uint32_t y = 0; y < padded->height; y++) {
        const uint8_t *from = pictures_row(plane, y < plane->height ? y : plane->height - 1);
        uint8_t *into = pictures_row(padded, y);
        memcpy(into, from, plane->width);
        memset(into + plane->width, from[plane->width - 1], padded->width - plane->width);
    }
}

static inline void pictures_jpeg_write_planes(pictures_jpeg_work *work, const pictures_picture *picture) {
    j_compress_ptr writer = &work->writer;
    JSAMPARRAY bands[4];
    for (int i = 0; i < writer->num_components; i++) {
        pictures_jpeg_pad(work, i, &picture->planes[i]);
        bands[i] = work->rows[i];
    }
    uint32_t band = (uint32_t)writer->max_v_samp_factor * DCTSIZE;
    while (writer->next_scanline < writer->image_height) {
        uint32_t number = writer->next_scanline / band;
        for (int i = 0; i < writer->num_components; i++) {
            uint32_t lines = (uint32_t)writer->comp_info[i].v_samp_factor * DCTSIZE;
            for (uint32_t y = 0; y < lines; y++) work->rows[i][y] = pictures_row(&work->padded[i], number * lines + y);
        }
        jpeg_write_raw_data(writer, bands, band);
    }
}

static inline int pictures_jpeg_guarded_write(pictures_jpeg_work *work, const pictures_picture *picture) {
    if (setjmp(work->back) != 0) return 0;
    j_compress_ptr writer = &work->writer;
    jpeg_create_compress(writer);
    jpeg_mem_dest(writer, &work->written, &work->written_count);
    writer->image_width = picture->width;
    writer->image_height = picture->height;
    writer->input_components = picture->model == PICTURES_GREY ? 1 : 3;
    writer->in_color_space = picture->model == PICTURES_GREY         ? JCS_GRAYSCALE
                             : picture->model == PICTURES_YUV_PLANES ? JCS_YCbCr
                                                                     : JCS_RGB;
    jpeg_set_defaults(writer);
    jpeg_set_colorspace(writer, writer->in_color_space);
    for (int i = 0; i < writer->num_components; i++) {
        writer->comp_info[i].h_samp_factor = i == 0 ? picture->horizontal_sampling : 1;
        writer->comp_info[i].v_samp_factor = i == 0 ? picture->vertical_sampling : 1;
    }
    pictures_jpeg_set_tables(work, picture);
    if (picture->density_x > 0 && picture->density_x < 65536 && picture->density_y > 0 && picture->density_y < 65536) {
        writer->density_unit = (UINT8)picture->density_unit;
        writer->X_density = (UINT16)picture->density_x;
        writer->Y_density = (UINT16)picture->density_y;
    }
    writer->optimize_coding = TRUE;
    if (picture->is_progressive) jpeg_simple_progression(writer);
    writer->raw_data_in = TRUE;
    if (picture->profile.count > 0xffff * 200u) {
        pictures_say(work->message, "a profile of %zu bytes is too large", picture->profile.count);
        pictures_jpeg_give_up(work, PICTURES_FAILED);
    }
    jpeg_start_compress(writer, TRUE);
    if (picture->profile.count > 0) {
        jpeg_write_icc_profile(writer, picture->profile.bytes, (unsigned)picture->profile.count);
    }
    pictures_jpeg_write_planes(work, picture);
    jpeg_finish_compress(writer);
    return 1;
}

static inline pictures_status pictures_write_jpeg(const pictures_picture *picture, pictures_bytes *written,
                                                  pictures_message *message) {
    pictures_jpeg_work *work = pictures_jpeg_begin(message);
    if (work == NULL) return PICTURES_NO_MEMORY;
    work->writer.err = &work->errors;
    work->writer.client_data = work;
    pictures_status status = PICTURES_OK;
    if (pictures_jpeg_guarded_write(work, picture)) {
        written->bytes = work->written;
        written->count = work->written_count;
        work->written = NULL;
    } else {
        status = PICTURES_FAILED;
    }
    jpeg_destroy_compress(&work->writer);
    pictures_jpeg_release(work);
    return status;
}

#endif
