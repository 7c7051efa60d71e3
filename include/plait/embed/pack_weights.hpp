// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/aligned_memory.hpp"
#include "plait/core/decimal.hpp"
#include "plait/core/fingerprint.hpp"
#include "plait/core/half.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/io/file.hpp"
#include "plait/io/load.hpp"
#include "plait/network/executor.hpp"

// Runs while a program is built: the files by which it has its weights inside.

/// Whether the assembler copies a file into an object: it knows `.incbin`, and names sections as ELF does.
#if defined(__ELF__) && !defined(PLAIT_WITHOUT_INCBIN)
#define PLAIT_HAS_INCBIN 1
#else
#define PLAIT_HAS_INCBIN 0
#endif

namespace plait::inline PLAIT_TARGET {

/// How packed weights are kept in a program.
enum class stored_as { floats, halves };

namespace detail {

/// Weights as a model packs them.
template <class Network>
class weight_packer {
    using runner = executor<Network>;

public:
    using network = Network;

    /// All of them.
    std::span<const float> packed() const {
        return {packed_.get(), static_cast<std::size_t>(runner::packed_size)};
    }

    void set_weights(int op, const float* weights, const float* bias) {
        runner::pack(op, weights, bias, packed_.get());
    }

private:
    aligned_memory<float> packed_ = make_aligned<float>(runner::packed_size);
};

/// A sentence where a weight, or bias, has a magnitude beyond `limit`.
[[gnu::cold]] inline result<void> check_magnitudes(const folded_layer& layer, float limit,
                                                   std::string_view source, std::string_view name) {
    for (const auto* values : {&layer.weights, &layer.bias}) {
        for (const float value : *values) {
            if (std::abs(value) <= limit) continue;
            return failure{std::string(source) + ": layer " + in_quotes(name) + " has a weight of " +
                           short_decimal(static_cast<double>(std::abs(value))) +
                           " with batch norm folded in, where at most " +
                           short_decimal(static_cast<double>(limit)) + " in magnitude was expected"};
        }
    }
    return {};
}

/// Text of a number in C++, exactly and in any locale: hexadecimal, as "0x1.8p+1F".
inline std::string literal(float value) {
    char digits[32];
    char* const end = std::to_chars(digits, digits + sizeof digits, static_cast<double>(std::abs(value)),
                                    std::chars_format::hex)
                          .ptr;
    return (std::signbit(value) ? "-0x" : "0x") + std::string(digits, end) + "F";
}
inline std::string literal(std::integral auto value) { return std::to_string(value); }

/// The files that an embedding is made of, of values of one type.
template <class T>
class embedding_writer {
public:
    embedding_writer(std::span<const T> values, std::uint64_t packing, std::filesystem::path folder,
                     const std::string& name)
        : values_(values), packing_(packing), folder_(std::move(folder)), name_(name + "_weights") {}

    result<void> write() const {
        if (auto done = write_file(std::as_bytes(values_), path(".bin")); !done) return done;
        if (auto done = write_text(declaration(), ".hpp"); !done) return done;
        return write_text(PLAIT_HAS_INCBIN ? included() : spelled_out(), ".cpp");
    }

private:
    static constexpr const char* type = std::is_same_v<T, float>           ? "float"
                                        : std::is_same_v<T, std::uint16_t> ? "std::uint16_t"
                                                                           : "std::uint8_t";

    std::filesystem::path path(const char* ending) const { return folder_ / (name_ + ending); }

    result<void> write_text(const std::string& text, const char* ending) const {
        return write_file(std::as_bytes(std::span(text)), path(ending));
    }

    std::string declaration() const {
        return "#pragma once\n\n#include <cstdint>\n\nstruct " + name_ +
               " {\n    static constexpr std::uint64_t packing = " + std::to_string(packing_) +
               "U;\n    static constexpr long long count = " + std::to_string(values_.size()) +
               ";\n    static const " + type + "* values();\n};\n";
    }

    std::string definition(const std::string& values) const {
        return std::string("const ") + type + "* " + name_ + "::values() { return " + values + "; }\n";
    }

    std::string inclusion() const { return "#include \"" + name_ + ".hpp\"\n\n"; }

    /// The assembler takes the values from their file. That the text has their fingerprint tells programs
    /// that keep objects by what they were made of.
    std::string included() const {
        const std::string symbol = name_ + "_values";
        std::string text =
            "// " + std::to_string(fingerprint_of_values()) + "\n" + inclusion() + "asm(R\"(\n";
        text += "    .pushsection .rodata." + symbol + ", \"a\"\n";
        text += "    .balign " + std::to_string(cache_line_bytes) + "\n";
        text += "    .globl " + symbol + "\n    .hidden " + symbol + "\n    .type " + symbol + ", %object\n";
        text += "    .size " + symbol + ", " + std::to_string(values_.size_bytes()) + "\n";
        text += symbol + ":\n    .incbin " + quoted(std::filesystem::absolute(path(".bin")).string());
        text += "\n    .popsection\n)\");\n";
        text += std::string("extern \"C\" [[gnu::visibility(\"hidden\")]] const ") + type + " " + symbol +
                "[];\n\n";
        return text + definition(symbol);
    }

    std::string spelled_out() const {
        constexpr std::size_t of_a_line = 8;
        std::string text = inclusion() + "alignas(" + std::to_string(cache_line_bytes) + ") static const " +
                           type + " packed[] = {";
        for (std::size_t i = 0; i < values_.size(); ++i)
            text += (i % of_a_line == 0 ? "\n    " : " ") + literal(values_[i]) + ",";
        return text + "\n};\n\n" + definition("packed");
    }

    std::uint64_t fingerprint_of_values() const {
        fingerprint made;
        for (const std::byte byte : std::as_bytes(values_)) made.add(std::to_integer<int>(byte));
        return made.value();
    }

    /// As the assembler reads text.
    static std::string quoted(const std::string& text) {
        std::string made = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') made += '\\';
            made += c;
        }
        return made + "\"";
    }

    std::span<const T> values_;
    std::uint64_t packing_;
    std::filesystem::path folder_;
    std::string name_;
};

/// Of a program that did this: 0, or 2 after the sentence that says why not.
inline int exit_status(const result<void>& done) {
    if (done) return 0;
    std::fprintf(stderr, "%s\n", done.error().c_str());
    return 2;
}

}  // namespace detail

/// Checks a weights file against a network and packs it as this program's own flags say. In `folder` come to
/// be NAME_weights.hpp, .cpp and .bin, of which the first two are compiled with a program; or one sentence
/// says what does not fit, as of `load`.
template <class Network>
result<void> pack_weights(const std::filesystem::path& weights, const std::filesystem::path& folder,
                          const std::string& name, stored_as form) {
    const bool halves = form == stored_as::halves;
    const float limit = halves ? largest_half : std::numeric_limits<float>::max();
    detail::weight_packer<Network> packed;
    const auto check = [&](std::string_view layer, const folded_layer& values) {
        return detail::check_magnitudes(values, limit, weights.string(), layer);
    };
    if (auto done = load_into(packed, weights, {}, check); !done) return done;

    constexpr std::uint64_t packing = executor<Network>::packing;
    const std::span<const float> floats = packed.packed();
    if (!halves) return detail::embedding_writer(floats, packing, folder, name).write();
    std::vector<std::uint16_t> rounded;
    for (const float value : floats) {
        if (std::abs(value) > limit)  // transformed by Winograd's algorithm, a weight may be twice as large
            return failure{weights.string() + ": a packed weight is " +
                           short_decimal(static_cast<double>(std::abs(value))) + " where at most " +
                           short_decimal(static_cast<double>(limit)) + " in magnitude was expected"};
        rounded.push_back(half_from_float(value));
    }
    return detail::embedding_writer(std::span<const std::uint16_t>(rounded), packing, folder, name).write();
}

/// The same as a program: FILE FOLDER NAME floats|halves. Returns its exit status.
template <class Network>
int pack_weights(int argument_count, char** arguments) {
    const std::vector<std::string> given(arguments + 1, arguments + argument_count);
    if (given.size() != 4 || (given[3] != "floats" && given[3] != "halves")) {
        std::fprintf(stderr, "usage: %s FILE FOLDER NAME floats|halves\n", arguments[0]);
        return 2;
    }
    const auto done = pack_weights<Network>(given[0], given[1], given[2],
                                            given[3] == "halves" ? stored_as::halves : stored_as::floats);
    return detail::exit_status(done);
}

}  // namespace plait::inline PLAIT_TARGET
