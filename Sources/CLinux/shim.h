// What Swift's Glibc module leaves out.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

extern int sync_file_range(int descriptor, int64_t offset, int64_t count, unsigned flags);
extern int fallocate(int descriptor, int mode, int64_t offset, int64_t count);

// A directory that is opened to be named, not read: needs no right to list it.
static const int clinux_path_only = 010000000;

// Starts to write a file's changed pages to the disk, without waiting for it.
static inline int clinux_start_write_back(int descriptor) {
  const unsigned sync_file_range_write = 2;
  return sync_file_range(descriptor, 0, 0, sync_file_range_write);
}

// Makes a file as long as it will be, and finds the room for it on the disk at once.
static inline int clinux_reserve(int descriptor, int64_t count) {
  return fallocate(descriptor, 0, 0, count);
}

// Lets all threads take memory from the heap of the first. A thread's own heap grows by a page at
// a time, with a call of the system for each.
static inline void clinux_use_one_heap(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 1 << 20);
}

// Keeps memory that is given back for what is asked for next. Without it large arrays, which come
// and go with each call of a layer, are pages that the kernel clears anew each time.
static inline void clinux_keep_freed_memory(void) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
}

// Has this process end by a signal when the thread ends that made it.
static inline int clinux_end_with_parent(int signal) {
  return prctl(PR_SET_PDEATHSIG, signal);
}

// The number of the call by which a thread waits for a lock.
static inline long clinux_futex(void) { return SYS_futex; }

// Whether something that was printed could not be written: a stream does not try it again.
static inline int clinux_output_failed(void) { return ferror(stdout); }

#endif
