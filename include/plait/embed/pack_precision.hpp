// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "plait/embed/pack_weights.hpp"
#include "plait/io/quantised_file.hpp"

namespace plait::inline PLAIT_TARGET {

/// `pack_weights` of a network in bf16, whose file is a state_dict, or in int8, whose file `quantise` made.
template <class Network>
    requires(precision_of<Network> != precision::f32)
result<void> pack_weights(const std::filesystem::path& weights, const std::filesystem::path& folder,
                          const std::string& name) {
    const auto loaded = load<Network>(file_path(weights));
    if (!loaded) return failure{loaded.error()};
    return detail::embedding_writer(loaded->packed(), model<Network>::runner::packing, folder, name).write();
}

/// The same as a program: FILE FOLDER NAME FORM. Returns its exit status.
template <class Network>
    requires(precision_of<Network> != precision::f32)
int pack_weights(int argument_count, char** arguments) {
    if (argument_count != 5) {
        std::fprintf(stderr, "usage: %s FILE FOLDER NAME bf16|int8\n", arguments[0]);
        return 2;
    }
    const auto done = pack_weights<Network>(arguments[1], arguments[2], arguments[3]);
    return detail::exit_status(done);
}

}  // namespace plait::inline PLAIT_TARGET
