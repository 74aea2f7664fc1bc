// Tells ThreadSanitizer what it does not see of Swift's Mutex: where several threads want one, the
// Swift library, which is not built for the sanitizer, has the kernel lock and unlock it.
//
// Preloaded, it stands before the library: `make sanitize-thread`.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// In the program under test; nowhere in the programs that start it.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// The mangled names are part of Swift's ABI. The lock is `self`.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

SWIFT void residual_lock(uint32_t thread, SELF void *lock) __asm__(LOCK);
SWIFT void residual_unlock(SELF void *lock) __asm__(UNLOCK);

SWIFT void residual_lock(uint32_t thread, SELF void *lock) {
  SWIFT void (*next)(uint32_t, SELF void *) =
      (SWIFT void (*)(uint32_t, SELF void *))dlsym(RTLD_NEXT, LOCK);
  next(thread, lock);
  if (__tsan_acquire) __tsan_acquire(lock);
}

SWIFT void residual_unlock(SELF void *lock) {
  SWIFT void (*next)(SELF void *) = (SWIFT void (*)(SELF void *))dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(lock);
  next(lock);
}
