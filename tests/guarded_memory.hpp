// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#if defined(__wasm__)
#include <algorithm>
#else
#include <unistd.h>

#include <sys/mman.h>
#endif

#if defined(__wasm__)

/// WebAssembly protects no page: memory between two margins, which must be as they were when it ends.
class guarded_memory {
public:
    enum class flush { with_begin, with_end };

    guarded_memory(std::size_t bytes, flush)
        : lines_((bytes + line - 1) / line * line),
          base_(static_cast<unsigned char*>(std::aligned_alloc(line, lines_ + 2 * margin))) {
        if (base_ == nullptr) give_up("no memory");
        std::fill_n(base_, lines_ + 2 * margin, untouched);
    }
    ~guarded_memory() {
        const unsigned char* const end = base_ + margin + lines_;
        for (std::size_t i = 0; i < margin; ++i) {
            if (base_[i] != untouched || end[i] != untouched) give_up("written outside of");
        }
        std::free(base_);
    }
    guarded_memory(const guarded_memory&) = delete;
    guarded_memory& operator=(const guarded_memory&) = delete;

    void* begin() const { return base_ + margin; }
    float* floats() const { return reinterpret_cast<float*>(base_ + margin); }

private:
    static constexpr std::size_t line = 64;
    static constexpr std::size_t margin = 4096;
    static constexpr unsigned char untouched = 0xff;  // of floats, not a number

    [[noreturn]] static void give_up(const char* why) {
        std::fprintf(stderr, "guarded memory: %s\n", why);
        std::abort();
    }

    std::size_t lines_;
    unsigned char* base_;
};

#else

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

#endif
