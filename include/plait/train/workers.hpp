// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "plait/core/function_view.hpp"

#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace plait::inline PLAIT_TARGET {

/// While it lives, this thread takes numbers too small for full precision as zero, which processors are slow
/// with; then as before.
class without_denormals {
public:
#if defined(__SSE__)
    without_denormals() { _mm_setcsr(before_ | 0x8040U); }
    ~without_denormals() { _mm_setcsr(before_); }
#elif defined(__aarch64__)
    without_denormals() {
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("msr fpcr, %0" : : "r"(before_ | (1UL << 24U)));
    }
    ~without_denormals() { asm volatile("msr fpcr, %0" : : "r"(before_)); }
#else
    without_denormals() = default;
    ~without_denormals() = default;
#endif
    without_denormals(const without_denormals&) = delete;
    without_denormals& operator=(const without_denormals&) = delete;

private:
#if defined(__SSE__)
    unsigned before_ = _mm_getcsr();
#elif defined(__aarch64__)
    unsigned long before_ = 0;
#endif
};

/// Threads that run one function together, the caller's among them.
class workers {
public:
    /// `threads` in all: one less is started.
    explicit workers(int threads) : threads_(threads) {
        for (int i = 1; i < threads; ++i) others_.emplace_back([this, i] { wait_for_work(i); });
    }
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;
    ~workers() {
        is_ending_ = true;
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        for (std::thread& other : others_) other.join();
    }

    /// `work(i)` once in every thread, i being the caller's 0; returns when all have returned.
    void run(function_view<void(int)> work) {
        const without_denormals flushed;
        if (threads_ == 1) return work(0);
        work_ = &work;
        left_.store(threads_ - 1, std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        work(0);
        for (int left = left_.load(std::memory_order_acquire); left > 0;
             left = left_.load(std::memory_order_acquire))
            left_.wait(left);
    }

    /// Called by every thread of a `run`: waits for all; the last to come runs `finish` before any goes on.
    template <class Finish>
    void meet(Finish finish) {
        if (threads_ == 1) return finish();
        const unsigned meeting = meeting_.load(std::memory_order_acquire);
        if (met_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
            finish();
            met_.store(0, std::memory_order_relaxed);
            meeting_.fetch_add(1, std::memory_order_release);
            meeting_.notify_all();
            return;
        }
        for (int tries = 0; tries < 2000; ++tries)
            if (meeting_.load(std::memory_order_acquire) != meeting) return;
        while (meeting_.load(std::memory_order_acquire) == meeting) meeting_.wait(meeting);
    }

    /// How many there are.
    int count() const { return threads_; }

private:
    void wait_for_work(int i) {
        const without_denormals flushed;
        for (unsigned done = 0;; ++done) {
            while (round_.load(std::memory_order_acquire) == done) round_.wait(done);
            if (is_ending_) return;
            (*work_)(i);
            if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
        }
    }

    int threads_;
    std::vector<std::thread> others_;
    function_view<void(int)>* work_ = nullptr;
    bool is_ending_ = false;
    std::atomic<unsigned> round_{0};
    std::atomic<int> left_{0};
    std::atomic<unsigned> meeting_{0};
    std::atomic<int> met_{0};
};

}  // namespace plait::inline PLAIT_TARGET
