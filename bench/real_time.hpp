// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <sched.h>
#include <string>
#include <system_error>

#include <sys/mman.h>

#include "plait/core/result.hpp"

#if defined(__SSE__)
#include <immintrin.h>
#endif

// What a program that has to be in time asks its system for. Each says in a sentence what is refused.

namespace real_time {

/// Keeps all pages in memory that this process has now. Those to come had better not be included: where
/// memory that may be locked is limited, they could not be had.
inline plait::result<void> lock_memory() {
    if (mlockall(MCL_CURRENT) == 0) return {};
    return plait::failure{std::string("memory is not locked: ") + std::generic_category().message(errno) +
                          "; `ulimit -l unlimited`, or the capability CAP_IPC_LOCK, permits it"};
}

/// Runs this thread before all others of its core but those of a higher priority (SCHED_FIFO).
inline plait::result<void> take_priority(int priority) {
    const sched_param of{.sched_priority = priority};
    if (sched_setscheduler(0, SCHED_FIFO, &of) == 0) return {};
    return plait::failure{std::string("no real-time priority: ") + std::generic_category().message(errno) +
                          "; `ulimit -r`, or the capability CAP_SYS_NICE, permits it"};
}

inline void give_priority_back() {
    const sched_param none{.sched_priority = 0};
    sched_setscheduler(0, SCHED_OTHER, &none);
}

/// From here on this thread takes denormal numbers for zeros, and makes none.
inline plait::result<void> flush_denormals() {
#if defined(__SSE__)
    constexpr unsigned flush_to_zero = 1U << 15U;
    constexpr unsigned denormals_are_zeros = 1U << 6U;
    _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zeros);
    return {};
#elif defined(__aarch64__)
    unsigned long long control = 0;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    asm volatile("msr fpcr, %0" : : "r"(control | 1ULL << 24U));
    return {};
#else
    return plait::failure{"this program does not know how to flush denormals on this processor"};
#endif
}

}  // namespace real_time
