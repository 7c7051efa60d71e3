// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <pthread.h>

#include "counted_allocations.hpp"

// Replaces the C library's allocation and POSIX's locks, for the whole program; for its one source file.
// Calls go on to what is replaced, and are counted: operator new's, and those of libraries, too. (A lock that
// has to wait is a system call besides.)

inline std::atomic<long long> c_allocations{0};
inline std::atomic<long long> locks_taken{0};

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define PLAIT_TEST_COUNTS_CALLS

extern "C" {

void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) noexcept {
    ++c_allocations;
    return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
    ++c_allocations;
    return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
    ++c_allocations;
    return __libc_realloc(memory, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    ++c_allocations;
    return __libc_memalign(alignment, bytes);
}

}  // extern "C"

namespace counted_calls {

/// What a name means where this program does not replace it. `known` spares a lock of C++'s own.
template <class Function>
Function* next(Function*& known, const char* name) {
    if (known == nullptr) known = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    return known;
}

}  // namespace counted_calls

#define PLAIT_TEST_COUNTS_LOCK(name, lock_type)         \
    extern "C" int name(lock_type* lock) noexcept {     \
        static int (*known)(lock_type*) = nullptr;      \
        ++locks_taken;                                  \
        return counted_calls::next(known, #name)(lock); \
    }

PLAIT_TEST_COUNTS_LOCK(pthread_mutex_lock, pthread_mutex_t)
PLAIT_TEST_COUNTS_LOCK(pthread_mutex_trylock, pthread_mutex_t)
PLAIT_TEST_COUNTS_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
PLAIT_TEST_COUNTS_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
PLAIT_TEST_COUNTS_LOCK(pthread_spin_lock, pthread_spinlock_t)

#undef PLAIT_TEST_COUNTS_LOCK

#endif
