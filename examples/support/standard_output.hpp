// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "program.hpp"

namespace examples {

/// Results, which are seen as soon as they are known. Where nobody reads any more, the program ends quietly.
class standard_output {
public:
    standard_output() { std::signal(SIGPIPE, SIG_IGN); }

    /// False where nothing more can be written: the program ends with `status`.
    bool write(std::string_view text) {
        const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
        if (written && std::fflush(stdout) == 0) return true;
        error_ = errno;
        return false;
    }

    bool write(std::span<const unsigned char> bytes) {
        return write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }

    bool is_open() const { return error_ == 0; }

    /// Says what happened, if it was not that the reader has gone; the exit status.
    int status() const {
        if (error_ == 0 || error_ == EPIPE) return 0;
        return refuse("standard output: cannot be written (" + std::generic_category().message(error_) + ")");
    }

private:
    int error_ = 0;
};

}  // namespace examples
