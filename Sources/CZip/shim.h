// What Swift cannot import from zip.h: flags that are macros with casts or suffixes, and the text of
// an error number, which needs a struct that must be ended again.
#ifndef CZIP_SHIM_H
#define CZIP_SHIM_H

#include <string.h>
#include <zip.h>

// Opens for reading, checking that the directory and the members' headers agree.
static inline zip_t *czip_open(const char *path, int *error) {
  return zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, error);
}

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
