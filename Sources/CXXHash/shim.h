// XXH3 for the processor that the program runs on: what is compiled for every x86-64 processor
// makes half of what memory gives.
#ifndef CXXHASH_SHIM_H
#define CXXHASH_SHIM_H

#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

static inline XXH64_hash_t cxxhash_of(const void *bytes, size_t count) {
  return XXH3_64bits(bytes, count);
}

static inline XXH_errorcode cxxhash_update(XXH3_state_t *state, const void *bytes, size_t count) {
  return XXH3_64bits_update(state, bytes, count);
}

#endif
