// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// A leaf block as it was lowered: one that says itself which calls it makes.
struct block_record {
    std::string_view word;  ///< what it calls itself, else the name of its type
    bool is_unit = false;   ///< whether it is several layers that belong together
    text_range name{};      ///< of its scope, or of the layer that it is; else that of the scope around
    text_range around{};    ///< the name of the scope around
    feature_map in{};
    feature_map out{};
    int first_op = 0;  ///< its calls are those from here up to but not including `end_op`
    int end_op = 0;
};

namespace detail {

/// "aug_shuffle", without its namespace and its arguments.
template <class Block>
constexpr std::string_view type_name() {
    const std::string_view all = __PRETTY_FUNCTION__;
    const std::size_t begin = all.find("Block = ") + 8;
    std::size_t end = begin;
    while (end < all.size() && all[end] != ';' && all[end] != ']' && all[end] != '<') ++end;
    std::size_t word = begin;
    for (std::size_t i = begin; i < end; ++i) {
        if (all[i] == ':') word = i + 1;
    }
    return all.substr(word, end - word);
}

/// Found once for each type.
template <class Block>
inline constexpr std::string_view type_name_of = type_name<Block>();

}  // namespace detail

/// What a block calls itself where its input has that shape: `word(shape)` of the block, where it has one.
template <class Block>
constexpr std::string_view word_of(const Block& block, shape input) {
    if constexpr (requires { block.word(input); })
        return block.word(input);
    else
        return detail::type_name_of<Block>;
}

}  // namespace plait::inline PLAIT_TARGET
