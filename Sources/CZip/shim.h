// What Swift cannot import from zip.h: flags that are macros with casts or suffixes, and the text of
// an error number, which needs a struct that must be ended again.
#ifndef CZIP_SHIM_H
#define CZIP_SHIM_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

// Opens for reading, checking that the directory and the members' headers agree.
static inline zip_t *czip_open(const char *path, int *error) {
  return zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, error);
}

// The same of bytes that the caller keeps until the archive is discarded.
static inline zip_t *czip_open_bytes(const void *bytes, size_t count, int *code) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(bytes, count, 0, &error);
  zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
  if (source && !archive) zip_source_free(source);
  *code = zip_error_code_zip(&error);
  zip_error_fini(&error);
  return archive;
}

// Makes a file that must not be there yet.
static inline zip_t *czip_create(const char *path, int *error) {
  return zip_open(path, ZIP_CREATE | ZIP_EXCL, error);
}

// A copy of bytes, which the library frees. One byte where there is none: malloc(0) may be null.
static inline zip_source_t *czip_source_copy(zip_t *archive, const void *bytes, size_t count) {
  void *copy = malloc(count ? count : 1);
  if (!copy) return NULL;
  if (count) memcpy(copy, bytes, count);
  zip_source_t *source = zip_source_buffer(archive, copy, count, 1);
  if (!source) free(copy);
  return source;
}

// Adds a member as Python's zipfile does: its bytes as they are, for its owner alone. Takes the source,
// whatever comes of it. Returns 0, or -1 with the error in the archive.
static inline int czip_add(zip_t *archive, const char *name, zip_source_t *source, uint32_t timestamp) {
  if (!source) return -1;
  zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return -1;
  }
  zip_uint64_t place = (zip_uint64_t)index;
  if (zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) != 0) return -1;
  if (zip_file_set_external_attributes(archive, place, 0, ZIP_OPSYS_UNIX, 0600u << 16) != 0) return -1;
  return zip_file_set_dostime(archive, place, timestamp & 0xFFFF, timestamp >> 16, 0);
}

static inline int czip_is_stored(zip_uint16_t method) { return method == ZIP_CM_STORE; }

static inline int czip_is_stored_or_deflated(zip_uint16_t method) {
  return method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE;
}

static inline int czip_is_encrypted(zip_uint16_t method) { return method != ZIP_EM_NONE; }

static inline int czip_stat_is_complete(zip_uint64_t valid) {
  const zip_uint64_t needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  return (valid & needed) == needed;
}

// Copies the message of an error number of the library, cut to fit.
static inline void czip_message(int code, void *buffer, size_t size) {
  char *text = (char *)buffer;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  strncpy(text, zip_error_strerror(&error), size - 1);
  text[size - 1] = 0;
  zip_error_fini(&error);
}

#endif
