// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <climits>
#include <cstddef>
#include <exception>
#include <pthread.h>
#include <unistd.h>

#include <doctest/doctest.h>

// Runs what must not need a large stack.

namespace small_stack {

/// Sanitizers put guards around what lies on a stack, and code without optimisation keeps all of it there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
inline constexpr std::size_t bytes = std::size_t{256} * 1024;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr std::size_t bytes = std::size_t{256} * 1024;
#else
inline constexpr std::size_t bytes = std::size_t{64} * 1024;
#endif
#else
inline constexpr std::size_t bytes = std::size_t{64} * 1024;
#endif

/// Calls `work` in a thread that has so little, and no less than the system lets a thread have.
template <class Work>
void run(Work work) {
    const long least = sysconf(_SC_THREAD_STACK_MIN);
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    REQUIRE(pthread_attr_setstacksize(&attributes,
                                      std::max(bytes, static_cast<std::size_t>(std::max(least, 0L)))) == 0);
    struct {
        Work& work;
        std::exception_ptr thrown;
    } job{work, nullptr};
    const auto call = [](void* of) -> void* {
        auto& mine = *static_cast<decltype(job)*>(of);
        try {
            mine.work();
        } catch (...) {
            mine.thrown = std::current_exception();
        }
        return nullptr;
    };
    pthread_t thread;
    REQUIRE(pthread_create(&thread, &attributes, call, &job) == 0);
    REQUIRE(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&attributes);
    if (job.thrown) std::rethrow_exception(job.thrown);
}

}  // namespace small_stack
