// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <string>
#include <unistd.h>

namespace examples {

/// A bar on stderr where that is a terminal and there is more than one thing to do; gone when all is done.
class progress_bar {
public:
    explicit progress_bar(int total) : total_(total), shown_(total > 1 && isatty(STDERR_FILENO) == 1) {}
    ~progress_bar() { hide(); }
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    void show(int done) const {
        constexpr int width = 40;
        if (!shown_) return;
        const int filled = static_cast<int>(static_cast<long long>(width) * done / total_);
        const std::string bar = std::string(static_cast<std::size_t>(filled), '#') +
                                std::string(static_cast<std::size_t>(width - filled), ' ');
        std::fprintf(stderr, "\r[%s] %d/%d", bar.c_str(), done, total_);
    }

    /// Makes way for other lines of the terminal.
    void hide() const {
        if (shown_) std::fprintf(stderr, "\r\033[K");
    }

private:
    int total_;
    bool shown_;
};

}  // namespace examples
