// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/embed/narrow_words.hpp"
#include "plait/embed/pack_weights.hpp"
#include "plait/io/quantised_file.hpp"

namespace plait::inline PLAIT_TARGET {

/// `pack_weights` of a network in bf16, whose file is a state_dict, or in int8, whose file `quantise` made.
/// In halves, words that hold a byte are kept as one.
template <class Network>
    requires(precision_of<Network> != precision::f32)
result<void> pack_weights(const std::filesystem::path& weights, const std::filesystem::path& folder,
                          const std::string& name, stored_as form = stored_as::floats) {
    const auto loaded = load<Network>(file_path(weights));
    if (!loaded) return failure{loaded.error()};
    constexpr std::uint64_t packing = model<Network>::runner::packing;
    if (form == stored_as::floats)
        return detail::embedding_writer(loaded->packed(), packing, folder, name).write();
    const std::vector<std::uint8_t> bytes = detail::narrow_words(loaded->packed());
    return detail::embedding_writer(std::span(bytes), packing, folder, name).write();
}

/// The same as a program: FILE FOLDER NAME FORM. Returns its exit status.
template <class Network>
    requires(precision_of<Network> != precision::f32)
int pack_weights(int argument_count, char** arguments) {
    if (argument_count != 5) {
        std::fprintf(stderr, "usage: %s FILE FOLDER NAME bf16|int8|int8_halves\n", arguments[0]);
        return 2;
    }
    const bool halves = std::string_view(arguments[4]) == "int8_halves";
    const auto done = pack_weights<Network>(arguments[1], arguments[2], arguments[3],
                                            halves ? stored_as::halves : stored_as::floats);
    return detail::exit_status(done);
}

}  // namespace plait::inline PLAIT_TARGET
