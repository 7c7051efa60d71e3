// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "plait/simd/batch.hpp"

namespace plait::inline PLAIT_TARGET {

/// Runs of memory that will be read or written next, asked for line by line while there is something to
/// compute.
class asked_runs {
public:
    /// For so many runs at most.
    explicit asked_runs(std::size_t most) { runs_.reserve(most); }

    /// Begins anew.
    void clear() {
        runs_.clear();
        next_ = 0;
        lines_ = 0;
    }
    /// So many bytes from there on.
    void add(const void* begin, std::ptrdiff_t bytes) {
        const auto lines = static_cast<int>((bytes + cache_line_bytes - 1) / cache_line_bytes);
        runs_.push_back({static_cast<const char*>(begin), lines});
        lines_ += lines;
    }
    /// Lines that are left.
    int lines() const { return lines_; }
    /// Asks for the next so many.
    [[gnu::always_inline]] void ask(int lines) {
        while (lines > 0 && next_ < runs_.size()) {
            run& at = runs_[next_];
            int some = lines < at.lines ? lines : at.lines;
            lines -= some;
            lines_ -= some;
            at.lines -= some;
            if (at.lines == 0) ++next_;
            for (; some > 0; --some, at.begin += cache_line_bytes) simd::prefetch(at.begin);
        }
    }

private:
    struct run {
        const char* begin;
        int lines;
    };
    std::vector<run> runs_;
    std::size_t next_ = 0;
    int lines_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
