// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "refuse.hpp"

// How every example program talks: results on stdout, one sentence on stderr and status 2 for bad input.

namespace examples {

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
