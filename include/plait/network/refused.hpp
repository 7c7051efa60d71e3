// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "plait/blocks/composite.hpp"
#include "plait/network/fusion.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a compiler prints of a network that cannot be: the block's number in the declaration, counted from 0,
/// its type, its value, the shape that reached it, and the sentence that refuses it. Of blocks that are made
/// of blocks it is the one inside.
template <int Position, class Kind, auto Block, shape Input, refusal Why>
struct block_refuses_input {};

/// The same where the block was to join maps of these two shapes.
template <int Position, class Kind, auto Block, shape First, shape Second, refusal Why>
struct block_refuses_join {};

/// The characters of a name, which every compiler prints.
template <char... Characters>
struct characters {};

/// Two layers whose weights would have one name, and be one, though nobody asked for it by `share`: the name,
/// and the number and type of the blocks of the declaration in which they stand.
template <class Name, int FirstPosition, class FirstKind, int SecondPosition, class SecondKind>
struct layers_have_one_name {};

/// What there is to say of a network that can be.
struct accepted {};

namespace detail {

template <int Index, auto First, auto... Others>
constexpr auto nth_value() {
    if constexpr (Index == 0)
        return First;
    else
        return nth_value<Index - 1, Others...>();
}

template <int Index, auto... Blocks>
constexpr auto nth_part(block_list<Blocks...>) {
    return nth_value<Index, Blocks...>();
}

/// The innermost block on the trail whose value is known.
template <block_trail Trail, int Depth, auto Block>
constexpr auto follow() {
    constexpr bool goes_on = Depth < Trail.depth && Depth < block_trail::deepest;
    if constexpr (goes_on && requires { typename decltype(Block)::parts; })
        return follow<Trail, Depth + 1, nth_part<Trail.position[Depth]>(typename decltype(Block)::parts{})>();
    else
        return Block;
}

template <int Position, auto Block, shape First, shape Second, refusal Why>
constexpr auto refuse() {
    using kind = std::remove_cv_t<decltype(Block)>;
    if constexpr (First == shape{0, 0, 0})
        return block_refuses_input<Position, kind, Block, Second, Why>{};
    else
        return block_refuses_join<Position, kind, Block, First, Second, Why>{};
}

/// The block of the declaration in which a written call stands.
template <int Blocks>
constexpr int position_of(const survey<Blocks>& facts, int call) {
    int position = 0;
    while (position + 1 < Blocks && facts.ops_before[position + 1] <= call) ++position;
    return position;
}

/// What the first lowering refuses, else what the second does, which sees more.
template <shape Input, auto... Blocks>
constexpr graph_refusal find_refusal() {
    if constexpr (counted<Input, Blocks...>.refused.has_happened)
        return counted<Input, Blocks...>.refused;
    else
        return recorded<Input, Blocks...>.facts.refused;
}

template <shape Input, auto... Blocks>
struct refused_name {
    static constexpr const auto& made = recorded<Input, Blocks...>;
    static constexpr name_collision found = find_collision(made.program);

    static constexpr auto type() {
        constexpr int first = position_of(made.facts, found.first);
        constexpr int second = position_of(made.facts, found.second);
        constexpr text_range at = made.program.ops[found.first].name;
        return []<int... Index>(std::integer_sequence<int, Index...>) {
            return layers_have_one_name<characters<made.program.characters[at.first + Index]...>, first,
                                        decltype(nth_value<first, Blocks...>()), second,
                                        decltype(nth_value<second, Blocks...>())>{};
        }
        (std::make_integer_sequence<int, at.count>{});
    }
};

template <shape Input, auto... Blocks>
constexpr auto judge() {
    constexpr long long most = 0x7fff'ffff;
    if constexpr (Input.channels < 1 || Input.height < 1 || Input.width < 1) {
        return refuse<0, nth_value<0, Blocks..., 0>(), shape{0, 0, 0}, Input,
                      refusal(refusals::sizes_must_be_positive)>();
    } else if constexpr (Input.channels > most / Input.height / Input.width) {
        return refuse<0, nth_value<0, Blocks..., 0>(), shape{0, 0, 0}, Input,
                      refusal(refusals::map_must_fit_an_int)>();
    } else if constexpr (constexpr graph_refusal found = find_refusal<Input, Blocks...>();
                         found.has_happened) {
        constexpr auto block = nth_value<found.where.position[0], Blocks...>();
        constexpr auto inner = follow<found.where, 1, block>();
        return refuse<found.where.position[0], inner, found.other, found.input, refusal(*found.why)>();
    } else if constexpr (refused_name<Input, Blocks...>::found.second != op::none) {
        return refused_name<Input, Blocks...>::type();
    } else {
        return accepted{};
    }
}

}  // namespace detail

/// `accepted`, or one readable type that says which block refuses which input, and why.
template <shape Input, auto... Blocks>
using refusal_of = decltype(detail::judge<Input, Blocks...>());

}  // namespace plait::inline PLAIT_TARGET
