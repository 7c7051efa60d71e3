// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

/// What libFuzzer calls with one input; so does replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// What must hold whatever the input: else the program ends, which is a finding.
inline void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// A refusal is one line that begins with the name of what is refused, and can be read.
inline void expect_sentence(std::string_view sentence, std::string_view source) {
    constexpr std::size_t longest = 2000;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32; };
    expect(sentence.starts_with(source), "a refusal begins with the name of its source");
    expect(sentence.size() > source.size() + 2, "a refusal says why");
    expect(sentence.size() <= longest, "a refusal is short");
    expect(std::ranges::none_of(sentence, is_control), "a refusal is one line");
}
