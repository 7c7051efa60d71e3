// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "plait/core/precision.hpp"

namespace examples {

/// --precision: fp32 (or f32), bf16 or int8.
inline void add_precision_option(CLI::App& app, plait::precision& kept) {
    const auto choose = [&kept](const std::string& name) {
        if (name == "fp32" || name == "f32")
            kept = plait::precision::f32;
        else if (name == "bf16")
            kept = plait::precision::bf16;
        else if (name == "int8")
            kept = plait::precision::int8;
        else
            throw CLI::ValidationError("--precision", name + " where fp32, bf16 or int8 was expected");
    };
    app.add_option_function<std::string>("--precision", choose,
                                         "fp32, bf16, or int8 from a file that quantise wrote (fp32)")
        ->type_name("NAME");
}

}  // namespace examples
