// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <sys/mman.h>

/// Memory between two pages that nobody may touch: whoever reads or writes outside of it, on the side that it
/// is flush with, ends the program. `bytes` are rounded up to a cache line.
class guarded_memory {
public:
    enum class flush { with_begin, with_end };

    guarded_memory(std::size_t bytes, flush side) {
        const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        const std::size_t lines = (bytes + 63) / 64 * 64;
        const std::size_t inner = (lines + page - 1) / page * page;
        mapped_ = inner + 2 * page;
        void* all = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED) give_up();
        base_ = static_cast<char*>(all);
        if (mprotect(base_, page, PROT_NONE) || mprotect(base_ + page + inner, page, PROT_NONE)) give_up();
        begin_ = side == flush::with_begin ? base_ + page : base_ + page + inner - lines;
    }
    ~guarded_memory() { munmap(base_, mapped_); }
    guarded_memory(const guarded_memory&) = delete;
    guarded_memory& operator=(const guarded_memory&) = delete;

    void* begin() const { return begin_; }
    float* floats() const { return reinterpret_cast<float*>(begin_); }

private:
    [[noreturn]] static void give_up() {
        std::perror("guarded memory");
        std::abort();
    }

    char* base_ = nullptr;
    char* begin_ = nullptr;
    std::size_t mapped_ = 0;
};
