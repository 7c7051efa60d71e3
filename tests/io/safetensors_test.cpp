// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/safetensors.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "plait/io/safetensors_writer.hpp"

using plait::element_type;
using plait::safetensors;

namespace {

using bytes = std::vector<std::byte>;

/// A file of this header and `data_size` bytes 0, 1, 2, ...
bytes file_of(std::string_view header, std::size_t data_size = 0) {
    bytes file;
    for (std::size_t i = 0; i < 8; ++i) file.push_back(static_cast<std::byte>(header.size() >> (8 * i)));
    for (const char c : header) file.push_back(static_cast<std::byte>(c));
    for (std::size_t i = 0; i < data_size; ++i) file.push_back(static_cast<std::byte>(i));
    return file;
}

std::string refusal(const bytes& file) {
    const auto parsed = safetensors::parse(file, "w");
    REQUIRE_FALSE(parsed);
    return parsed.error();
}

std::string refusal(std::string_view header, std::size_t data_size = 0) {
    return refusal(file_of(header, data_size));
}

/// Why a file of the one tensor `a` with these fields and 8 bytes of data is refused.
std::string refusal_of_fields(const std::string& fields) { return refusal("{\"a\":{" + fields + "}}", 8); }

/// {members}
std::string object(const std::string& members) {
    std::string text = "{";
    text += members;
    return text += "}";
}

std::string entry(const std::string& name, int begin, int end) {
    return "\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[" + std::to_string(end - begin) +
           "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

float one_value(element_type type, std::initializer_list<unsigned> content) {
    bytes data;
    for (const unsigned b : content) data.push_back(static_cast<std::byte>(b));
    float value = 0;
    REQUIRE(plait::copy_as_float({"x", type, {1}, data}, &value));
    return value;
}

}  // namespace

TEST_CASE("the types of elements") {
    static_assert(plait::name_of(element_type::boolean) == "BOOL");
    static_assert(plait::name_of(element_type::bf16) == "BF16");
    static_assert(plait::name_of(element_type::f64) == "F64");
    static_assert(plait::element_bytes(element_type::boolean) == 1);
    static_assert(plait::element_bytes(element_type::f16) == 2);
    static_assert(plait::element_bytes(element_type::u32) == 4);
    static_assert(plait::element_bytes(element_type::i64) == 8);

    for (const char* name :
         {"BOOL", "U8", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "I64", "U64", "F64"}) {
        CAPTURE(name);
        const std::string header =
            std::string("{\"a\":{\"dtype\":\"") + name + "\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        const bytes file = file_of(header);
        const auto parsed = safetensors::parse(file);
        REQUIRE(parsed);
        CHECK(plait::name_of(parsed->find("a")->type) == name);
    }
}

TEST_CASE("a file is read") {
    const bytes file = file_of(R"({"b.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[3,11]}, )"
                               R"("__metadata__":{"format":"pt","by":"hand"},)"
                               R"("a \"\u00e9\"":{"data_offsets":[0,3],"shape":[3],"dtype":"U8"},)"
                               R"("scalar":{"dtype":"I16","shape":[],"data_offsets":[11,13]},)"
                               R"("none":{"dtype":"F32","shape":[0,7],"data_offsets":[3,3]}}   )",
                               13);
    const auto parsed = safetensors::parse(file);
    REQUIRE(parsed);

    REQUIRE(parsed->tensors().size() == 4);
    CHECK(parsed->tensors()[0].name == "a \"\u00e9\"");
    CHECK(parsed->tensors()[1].name == "b.weight");
    CHECK(parsed->tensors()[2].name == "none");
    CHECK(parsed->tensors()[3].name == "scalar");

    const plait::stored_tensor* b = parsed->find("b.weight");
    REQUIRE(b != nullptr);
    CHECK(b->type == element_type::f32);
    CHECK(b->dimensions == std::vector<std::int64_t>{1, 2});
    CHECK(b->bytes.size() == 8);
    CHECK(b->bytes.data() == file.data() + file.size() - 10);
    CHECK(b->elements() == 2);
    CHECK(parsed->find("scalar")->elements() == 1);
    CHECK(parsed->find("none")->elements() == 0);
    CHECK(parsed->find("b") == nullptr);
    CHECK(parsed->find("b.weights") == nullptr);
    CHECK(parsed->find("__metadata__") == nullptr);

    REQUIRE(parsed->metadata().size() == 2);
    CHECK(parsed->metadata()[0].key == "by");
    CHECK(parsed->metadata()[0].value == "hand");
    CHECK(parsed->metadata()[1].key == "format");
    CHECK(parsed->metadata()[1].value == "pt");
}

TEST_CASE("an empty file of tensors is one") {
    const auto parsed = safetensors::parse(file_of("{}"));
    REQUIRE(parsed);
    CHECK(parsed->tensors().empty());
    CHECK(parsed->metadata().empty());
}

TEST_CASE("what was written is read") {
    const std::vector<float> matrix{1.5f, -2.0f, 1e-42f, 4.0f, 5.0f, 6.0f};
    const float number[] = {-0.0f};
    const plait::named_values stored[] = {{"layer \"1\"\\\n", {2, 3}, matrix}, {"\u03bb", {}, number}};
    const bytes file = plait::write_safetensors(stored);
    CHECK(file.size() % 8 == 4);

    const auto parsed = safetensors::parse(file);
    REQUIRE(parsed);
    REQUIRE(parsed->tensors().size() == 2);
    const plait::stored_tensor* layer = parsed->find("layer \"1\"\\\n");
    REQUIRE(layer != nullptr);
    CHECK(layer->dimensions == std::vector<std::int64_t>{2, 3});
    std::vector<float> values(6);
    REQUIRE(plait::copy_as_float(*layer, values.data()));
    CHECK(values == matrix);
    REQUIRE(parsed->find("\u03bb") != nullptr);
    REQUIRE(plait::copy_as_float(*parsed->find("\u03bb"), values.data()));
    CHECK(std::signbit(values[0]));

    REQUIRE(safetensors::parse(plait::write_safetensors({})));
}

TEST_CASE("refused: no room for the header") {
    CHECK(refusal(bytes{}) == "w: has 0 bytes where at least 8 were expected");
    CHECK(refusal(bytes(7)) == "w: has 7 bytes where at least 8 were expected");

    bytes longer = file_of("{}");
    longer[0] = std::byte{3};
    CHECK(refusal(longer) ==
          "w: has a header of 3 bytes but only 2 bytes after its length; not safetensors, or truncated");
    CHECK(
        refusal(bytes(20, std::byte{0xff})) ==
        "w: has a header of 18446744073709551615 bytes but only 12 bytes after its length; not safetensors, "
        "or truncated");
    CHECK(refusal(file_of(std::string(100'000'001, ' '))) ==
          "w: has a header of 100000001 bytes where at most 100000000 were expected");

    const auto unnamed = safetensors::parse(bytes{});
    CHECK(unnamed.error() == "weights: has 0 bytes where at least 8 were expected");
}

TEST_CASE("refused: a header that is no JSON object") {
    const char* const no_object = "w: the header does not begin with '{' as a JSON object does";
    for (const char* header : {"", " {}", "[]", "null", "\"a\"", "12", "\xef\xbb\xbf{}"}) {
        CAPTURE(header);
        CHECK(refusal(header) == no_object);
    }
    CHECK(refusal("{") == "w: the header is not valid JSON at its byte 2");
    CHECK(refusal("{\"a\":}") == "w: the header is not valid JSON at its byte 6");
    CHECK(refusal("{} x") == "w: the header is not valid JSON at its byte 4");
    CHECK(refusal("{}{}") == "w: the header is not valid JSON at its byte 3");
    CHECK(refusal("{'a':1}") == "w: the header is not valid JSON at its byte 2");
    CHECK(refusal("{/**/}") == "w: the header is not valid JSON at its byte 2");
    CHECK(refusal("{\"\xff\":{}}") == "w: the header is not valid JSON at its byte 3");
    CHECK(refusal("{\"a\n\":{}}") == "w: the header is not valid JSON at its byte 4");
    CHECK(refusal(std::string("{}\0", 3)) == "w: the header is not valid JSON at its byte 3");
    CHECK(refusal_of_fields(R"("dtype":"U8",)") == "w: the header is not valid JSON at its byte 20");
    CHECK(refusal("{\"a\":{\"shape\":[1e999]}}") == "w: the header is not valid JSON at its byte 20");
}

TEST_CASE("refused: names that are there twice") {
    CHECK(refusal(object(entry("a", 0, 4) + "," + entry("b", 4, 8) + "," + entry("a", 8, 12)), 12) ==
          "w: tensor 'a' is there twice");
    CHECK(refusal(object(entry("a", 0, 4) + "," + entry("\\u0061", 4, 8)), 8) ==
          "w: tensor 'a' is there twice");
    CHECK(refusal(R"({"__metadata__":{},"__metadata__":{}})") == "w: '__metadata__' is there twice");
    CHECK(refusal(R"({"__metadata__":{"k":"1","j":"","k":"1"}})") == "w: metadata 'k' is there twice");
    CHECK(refusal_of_fields(R"("dtype":"U8","dtype":"U8")") == "w: tensor 'a' has the field 'dtype' twice");
    CHECK(refusal_of_fields(R"("shape":[],"shape":[])") == "w: tensor 'a' has the field 'shape' twice");
    CHECK(refusal_of_fields(R"("data_offsets":[0,8],"data_offsets":[0,8])") ==
          "w: tensor 'a' has the field 'data_offsets' twice");
}

TEST_CASE("refused: fields that are missing or unknown") {
    CHECK(refusal_of_fields("") == "w: tensor 'a' has no dtype");
    CHECK(refusal_of_fields(R"("shape":[8],"data_offsets":[0,8])") == "w: tensor 'a' has no dtype");
    CHECK(refusal_of_fields(R"("dtype":"U8","data_offsets":[0,8])") == "w: tensor 'a' has no shape");
    CHECK(refusal_of_fields(R"("dtype":"U8","shape":[8])") == "w: tensor 'a' has no data_offsets");
    CHECK(refusal_of_fields(R"("dtype":"U8","shape":[8],"data_offsets":[0,8],"strides":[1])") ==
          "w: tensor 'a' has an unknown field 'strides'");
    // The second tensor does not borrow from the first.
    CHECK(refusal(std::string("{") + entry("a", 0, 8) + R"(,"b":{"dtype":"U8","shape":[0]}})", 8) ==
          "w: tensor 'b' has no data_offsets");
}

TEST_CASE("refused: values of the wrong kind") {
    CHECK(refusal(R"({"a":1})") == "w: 'a' is a number where an object was expected");
    CHECK(refusal(R"({"a":[]})") == "w: 'a' is an array where an object was expected");
    CHECK(refusal(R"({"a":"x"})") == "w: 'a' is a string where an object was expected");
    CHECK(refusal(R"({"a":null})") == "w: 'a' is null where an object was expected");
    CHECK(refusal(R"({"a":true})") == "w: 'a' is a boolean where an object was expected");
    CHECK(refusal(R"({"__metadata__":"x"})") == "w: '__metadata__' is a string where an object was expected");
    CHECK(refusal(R"({"__metadata__":{"k":1.5}})") ==
          "w: metadata 'k' is a number where a string was expected");
    CHECK(refusal(R"({"__metadata__":{"k":{}}})") ==
          "w: metadata 'k' is an object where a string was expected");
    CHECK(refusal_of_fields(R"("dtype":32)") ==
          "w: tensor 'a' has a number as dtype where a string was expected");
    CHECK(refusal_of_fields(R"("dtype":["F32"])") ==
          "w: tensor 'a' has an array as dtype where a string was expected");
    CHECK(refusal_of_fields(R"("shape":-8)") ==
          "w: tensor 'a' has a number as shape where an array was expected");
    CHECK(refusal_of_fields(R"("shape":{})") ==
          "w: tensor 'a' has an object as shape where an array was expected");
    CHECK(refusal_of_fields(R"("data_offsets":"0,8")") ==
          "w: tensor 'a' has a string as data_offsets where an array was expected");
    CHECK(refusal_of_fields(R"("shape":["8"])") ==
          "w: tensor 'a' has a string in its shape where integers were expected");
    CHECK(refusal_of_fields(R"("data_offsets":[0,null])") ==
          "w: tensor 'a' has null in its data_offsets where integers were expected");
}

TEST_CASE("refused: dtypes that are unknown") {
    CHECK(refusal_of_fields(R"("dtype":"F8_E5M2")") == "w: tensor 'a' has the unsupported dtype 'F8_E5M2'");
    CHECK(refusal_of_fields(R"("dtype":"f32")") == "w: tensor 'a' has the unsupported dtype 'f32'");
    CHECK(refusal_of_fields(R"("dtype":"")") == "w: tensor 'a' has the unsupported dtype ''");
}

TEST_CASE("refused: dimensions that are no counts") {
    CHECK(refusal_of_fields(R"("shape":[2,-4])") == "w: tensor 'a' has the negative dimension -4");
    CHECK(refusal_of_fields(R"("shape":[8.0])") ==
          "w: tensor 'a' has the dimension '8.0', no 64-bit integer");
    CHECK(refusal_of_fields(R"("shape":[1e1])") ==
          "w: tensor 'a' has the dimension '1e1', no 64-bit integer");
    CHECK(refusal_of_fields(R"("shape":[18446744073709551616])") ==
          "w: tensor 'a' has the dimension '18446744073709551616', no 64-bit integer");
    CHECK(refusal_of_fields(R"("shape":[9223372036854775808])") ==
          "w: tensor 'a' has the dimension 9223372036854775808, which is too large");
}

TEST_CASE("refused: more dimensions than PyTorch has") {
    const auto of_rank = [](int rank) {
        std::string ones = "1";
        for (int i = 1; i < rank; ++i) ones += ",1";
        return R"({"a":{"dtype":"U8","shape":[)" + ones + R"(],"data_offsets":[0,1]}})";
    };
    CHECK(safetensors::parse(file_of(of_rank(64), 1)));
    CHECK(refusal(of_rank(65), 1) == "w: tensor 'a' has more than 64 dimensions");
}

TEST_CASE("refused: offsets that are no range of the data") {
    const auto refused = [](const std::string& offsets) {
        return refusal_of_fields(R"("dtype":"U8","shape":[8],"data_offsets":)" + offsets);
    };
    CHECK(refused("[-8,0]") == "w: tensor 'a' has the negative offset -8");
    CHECK(refused("[0.0,8]") == "w: tensor 'a' has the offset '0.0', no 64-bit integer");
    CHECK(refused("[0,18446744073709551616]") ==
          "w: tensor 'a' has the offset '18446744073709551616', no 64-bit integer");
    CHECK(refused("[]") == "w: tensor 'a' has more or fewer than two data_offsets");
    CHECK(refused("[8]") == "w: tensor 'a' has more or fewer than two data_offsets");
    CHECK(refused("[0,4,8]") == "w: tensor 'a' has more or fewer than two data_offsets");
    CHECK(refused("[8,0]") == "w: tensor 'a' has the reversed data_offsets [8, 0)");
    CHECK(refused("[1,9]") == "w: tensor 'a' has the data_offsets [1, 9), out of the file's 8 bytes of data");
    CHECK(refused("[18446744073709551608,18446744073709551615]") ==
          "w: tensor 'a' has the data_offsets [18446744073709551608, 18446744073709551615), out of the "
          "file's 8 "
          "bytes of data");
}

TEST_CASE("refused: offsets that do not fit the shape and dtype") {
    CHECK(refusal_of_fields(R"("dtype":"F32","shape":[1,8],"data_offsets":[0,8])") ==
          "w: tensor 'a' has shape [1, 8] and dtype F32, 32 bytes, but the data_offsets [0, 8)");
    CHECK(refusal_of_fields(R"("dtype":"F64","shape":[],"data_offsets":[0,4])") ==
          "w: tensor 'a' has shape [] and dtype F64, 8 bytes, but the data_offsets [0, 4)");
    CHECK(refusal_of_fields(R"("dtype":"F32","shape":[0],"data_offsets":[0,8])") ==
          "w: tensor 'a' has shape [0] and dtype F32, 0 bytes, but the data_offsets [0, 8)");
    // 2^62 elements of 4 bytes, and 2^32 x 2^32 bytes + 8: both are 0 or 8 in 64 bits.
    CHECK(refusal_of_fields(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0])") ==
          "w: tensor 'a' has shape [4611686018427387904] and dtype F32, more bytes than 64 bits count");
    CHECK(refusal_of_fields(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])") ==
          "w: tensor 'a' has shape [4294967296, 4294967296] and dtype U8, more bytes than 64 bits count");
    CHECK(refusal_of_fields(R"("dtype":"I64","shape":[2305843009213693953],"data_offsets":[0,8])") ==
          "w: tensor 'a' has shape [2305843009213693953] and dtype I64, more bytes than 64 bits count");
}

TEST_CASE("refused: data that belongs to two tensors or to none") {
    CHECK(refusal(object(entry("b", 3, 8) + "," + entry("a", 0, 4)), 8) == "w: tensors 'a' and 'b' overlap");
    CHECK(refusal(object(entry("a", 0, 8) + "," + entry("b", 0, 8)), 8) == "w: tensors 'a' and 'b' overlap");
    CHECK(refusal(object(entry("a", 0, 8) + "," + entry("b", 2, 4)), 8) == "w: tensors 'a' and 'b' overlap");
    CHECK(refusal(object(entry("a", 0, 3) + "," + entry("b", 5, 8)), 8) ==
          "w: the bytes [3, 5) before tensor 'b' belong to no tensor");
    CHECK(refusal(object(entry("a", 1, 8)), 8) ==
          "w: the bytes [0, 1) before tensor 'a' belong to no tensor");
    CHECK(refusal(object(entry("a", 0, 8)), 11) ==
          "w: the bytes [8, 11) after the last tensor belong to no tensor");
    CHECK(refusal("{}", 1) == "w: the bytes [0, 1) after the last tensor belong to no tensor");
}

TEST_CASE("refused: JSON nested a million deep") {
    const std::string deep(1'000'000, '[');
    CHECK(refusal("{\"a\":" + deep) == "w: 'a' is an array where an object was expected");
    CHECK(refusal_of_fields("\"shape\":" + deep) ==
          "w: tensor 'a' has an array in its shape where integers were expected");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    CHECK(refusal(objects) == "w: tensor 'a' has an unknown field 'a'");
}

TEST_CASE("a sentence stays one short line") {
    CHECK(refusal("{\"a\\n\\u001b[31m\\u007f\":1}") ==
          "w: 'a??[31m?' is a number where an object was expected");
    CHECK(refusal("{\"" + std::string(5000, 'x') + "\":1}") ==
          std::string("w: '") + std::string(100, 'x') + "...' is a number where an object was expected");
}

TEST_CASE("F16 becomes float exactly") {
    for (unsigned half = 0; half < 0x10000; ++half) {
        const float value = one_value(element_type::f16, {half & 0xff, half >> 8});
        const bool negative = half >= 0x8000;
        const int exponent = static_cast<int>(half >> 10 & 31);
        const int mantissa = static_cast<int>(half & 1023);
        CAPTURE(half);
        REQUIRE(std::signbit(value) == negative);
        if (exponent == 31) {
            REQUIRE(std::isnan(value) == (mantissa != 0));
            REQUIRE(std::isinf(value) == (mantissa == 0));
        } else {
            const double magnitude =
                exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
            REQUIRE(std::abs(double{value}) == magnitude);
        }
    }
}

TEST_CASE("BF16 and F32 become float exactly") {
    CHECK(one_value(element_type::bf16, {0x80, 0x3f}) == 1.0f);
    CHECK(one_value(element_type::bf16, {0x49, 0xc0}) == -3.140625f);
    CHECK(one_value(element_type::bf16, {0x01, 0x00}) == std::ldexp(1.0f, -133));
    CHECK(std::isinf(one_value(element_type::bf16, {0x80, 0xff})));
    CHECK(std::isnan(one_value(element_type::bf16, {0xc0, 0x7f})));

    CHECK(one_value(element_type::f32, {0x00, 0x00, 0x80, 0x3f}) == 1.0f);
    CHECK(one_value(element_type::f32, {0xdb, 0x0f, 0x49, 0xc0}) == -3.14159274f);

    CHECK(one_value(element_type::f64, {0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0xc0}) == -3.14159274f);
    CHECK(std::isinf(one_value(element_type::f64, {0, 0, 0, 0, 0, 0, 0, 0x48})));  // 2^129
}

TEST_CASE("F64 becomes the nearest float") {
    const auto converted = [](double value) {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        bytes data;
        for (int i = 0; i < 8; ++i) data.push_back(static_cast<std::byte>(bits >> (8 * i)));
        float made = 7.0f;
        const plait::stored_tensor stored{"x", element_type::f64, {1}, data};
        REQUIRE(plait::copy_as_float(stored, &made));
        CHECK(plait::is_beyond_float(stored, 0) == (std::isinf(made) && !std::isinf(value)));
        return made;
    };
    constexpr float largest = std::numeric_limits<float>::max();
    constexpr float infinite = std::numeric_limits<float>::infinity();
    CHECK(converted(1.0) == 1.0f);
    CHECK(converted(-3.140625) == -3.140625f);
    CHECK(converted(0.1) == 0.1f);
    CHECK(std::signbit(converted(-0.0)));
    CHECK(converted(16777217.0) == 16777216.0f);
    CHECK(converted(16777219.0) == 16777220.0f);
    CHECK(converted(1e-45) == std::numeric_limits<float>::denorm_min());
    CHECK(converted(5e-324) == 0.0f);
    CHECK(converted(double{largest}) == largest);
    // Halfway to 2^128, and the double below.
    CHECK(converted(0x1.ffffffp127) == infinite);
    CHECK(converted(0x1.fffffefffffffp127) == largest);
    CHECK(converted(-0x1.ffffffp127) == -infinite);
    CHECK(converted(1e300) == infinite);
    CHECK(converted(std::numeric_limits<double>::infinity()) == infinite);
    CHECK(std::isnan(converted(std::numeric_limits<double>::quiet_NaN())));

    const bytes data(4);
    CHECK_FALSE(plait::is_beyond_float({"x", element_type::f32, {1}, data}, 0));
}

TEST_CASE("other types are not floats") {
    const bytes data(8);
    float untouched = 7.0f;
    for (const element_type type :
         {element_type::boolean, element_type::u8, element_type::i16, element_type::i32, element_type::i64}) {
        CHECK_FALSE(plait::copy_as_float({"x", type, {1}, data}, &untouched));
    }
    CHECK(untouched == 7.0f);
}

TEST_CASE("tensors are read at any alignment") {
    const float values[] = {1.25f, -2.5f, 1e30f};
    for (std::size_t offset = 0; offset < 8; ++offset) {
        bytes data(offset + sizeof values);
        std::memcpy(data.data() + offset, values, sizeof values);
        float read[3] = {};
        REQUIRE(plait::copy_as_float({"x", element_type::f32, {3}, std::span(data).subspan(offset)}, read));
        CHECK(std::memcmp(read, values, sizeof values) == 0);
    }
}

TEST_CASE("no damage makes a file dangerous") {
    const std::string header = std::string("{") + entry("conv1.0.weight", 0, 24) +
                               R"(,"__metadata__":{"format":"pt"},)" +
                               R"("fc":{"dtype":"F16","shape":[2,3],"data_offsets":[24,36]}})";
    const bytes whole = file_of(header, 36);
    REQUIRE(safetensors::parse(whole));
    std::mt19937 random(6);
    const std::string_view tokens = "{}[]:,\"\\0123456789-.eE";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        bytes damaged = whole;
        for (auto change = random() % 4 + 1; change > 0 && damaged.size() > 1; --change) {
            const std::size_t at = random() % damaged.size();
            switch (random() % 4) {
                case 0: damaged[at] ^= static_cast<std::byte>(1u << random() % 8); break;
                case 1: damaged[at] = static_cast<std::byte>(tokens[random() % tokens.size()]); break;
                case 2: damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at)); break;
                default: damaged.resize(at + 1); break;
            }
        }
        // A vector's slack would hide a read past the end.
        damaged.shrink_to_fit();
        const auto parsed = safetensors::parse(damaged);
        if (!parsed) {
            REQUIRE(!parsed.error().empty());
            REQUIRE(parsed.error().find('\n') == std::string::npos);
            continue;
        }
        ++accepted;
        for (const plait::stored_tensor& tensor : parsed->tensors()) {
            std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
            (void)plait::copy_as_float(tensor, values.data());
        }
    }
    CHECK(accepted > 100);
}
