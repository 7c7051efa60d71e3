// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plait/core/text.hpp"
#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// The tensors of a network's state_dict and the kernel calls that read them, as plain data at run time,
/// whatever the network's type.
struct network_tensors {
    std::span<const parameter> rows;
    std::span<const op> written;
    std::span<const op> calls;  ///< of the kernels
    const char* characters = nullptr;

    /// Where a written call's tensors stand: "layer1.0.conv1".
    std::string_view layer_name(int written_call) const {
        const text_range at = written[static_cast<std::size_t>(written_call)].name;
        return {characters + at.first, static_cast<std::size_t>(at.count)};
    }

    /// "layer1.0.conv1.weight"
    detail::text name(const parameter& row) const {
        detail::text name(
            std::string_view(characters + row.layer.first, static_cast<std::size_t>(row.layer.count)));
        if (const std::string_view word = to_string(row.role); !word.empty()) name << "." << word;
        return name;
    }

    /// The row of that role of a written call, or of the one whose tensors it shares; null where it has none.
    const parameter* row_of(int written_call, tensor_role role) const {
        const op& o = written[static_cast<std::size_t>(written_call)];
        const int owner = o.shares == op::none ? written_call : o.shares;
        for (const parameter& row : rows) {
            if (row.call == owner && row.role == role) return &row;
        }
        return nullptr;
    }
};

/// Of a network.
template <class Network>
network_tensors tensors_of() {
    constexpr const auto& table = Network::parameter_rows;
    return {.rows = {table.rows, static_cast<std::size_t>(table.size)},
            .written = {Network::written.ops, static_cast<std::size_t>(Network::written.sizes.ops)},
            .calls = {Network::calls.ops, static_cast<std::size_t>(Network::sizes.ops)},
            .characters = Network::written.characters};
}

/// The dimensions of a tensor, as a file has them.
[[gnu::flatten, gnu::noinline]] inline detail::unshared<std::vector<std::int64_t>> dimensions_of(
    const parameter& row) {
    return detail::unshared<std::vector<std::int64_t>>(row.dimensions, row.dimensions + row.rank);
}

}  // namespace plait::inline PLAIT_TARGET
