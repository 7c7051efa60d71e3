// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

// How every example program talks: results on stdout, one sentence on stderr and status 2 for bad input.

namespace examples {

inline constexpr int bad_input = 2;

/// Prints the sentence on one line of stderr; returns the exit status.
inline int refuse(std::string sentence) {
    std::replace_if(
        sentence.begin(), sentence.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return bad_input;
}

/// Reads the command line; the exit status where the program has no more to do.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& done) {
        return app.exit(done);
    } catch (const CLI::ParseError& error) {
        return refuse(app.get_name() + ": " + error.what() + " (--help says more)");
    }
    return std::nullopt;
}

}  // namespace examples
