// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/json_reader.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "json_by_nlohmann.hpp"

using namespace std::string_view_literals;

namespace {

/// The one string of `["..."]`, or where it is not valid.
std::string read_string(std::string_view written) {
    const json_events events = events_by_plait("[\"" + std::string(written) + "\"]");
    const std::string begin = "[\nstring ", end = "\n]\n";
    if (!events.whole) return events.list.substr(2);
    return events.list.substr(begin.size(), events.list.size() - begin.size() - end.size());
}

/// The event of the one value of an array, or where it is not valid.
std::string read_value(std::string_view written) {
    const json_events events = events_by_plait("[" + std::string(written) + "]");
    return events.list.substr(2, events.list.find('\n', 2) - 2);
}

/// Both agree on every event, and on what a header of safetensors is.
void check_agreement(std::string_view text) {
    CAPTURE(text);
    const json_events events = events_by_plait(text);
    if (!nlohmann_reads_it_all(text)) {
        CHECK_FALSE(events.whole);
        return;
    }
    const json_events expected = events_by_nlohmann(text);
    REQUIRE(events.list == expected.list);
    REQUIRE(events.whole == expected.whole);
    REQUIRE(is_same(header_by_plait(text), header_by_nlohmann(text)));
}

class made_json {
public:
    explicit made_json(unsigned seed) : random_(seed) {}

    /// A value that is mostly valid.
    std::string value(int depth = 0) {
        switch (below(depth < 4 ? 8 : 6)) {
            case 0: return string();
            case 1: return integer();
            case 2: return integer() + one_of({".0", ".", "e1", "E+9", "e-400", "e308", ".5e307", "e"});
            case 3:
                return one_of({"true", "false", "null", "nul", "True", "-", "+1", "01", "-0", "-0.0", "NaN"});
            case 4: return one_of({"[]", "{}", "[ ]", "{\t}", "[,]", "{,}", "\"", "'a'", "//", "/**/1"});
            case 5: return space() + value(depth) + space();
            case 6: return list('[', ']', [&] { return value(depth + 1); });
            default: return list('{', '}', [&] { return string() + separator(':') + value(depth + 1); });
        }
    }

    /// A header of safetensors that is mostly valid.
    std::string header() {
        return list('{', '}', [&] {
            if (below(6) == 0)
                return "\"__metadata__\":" +
                       list('{', '}', [&] { return string() + separator(':') + string(); });
            return string() + separator(':') + list('{', '}', [&] { return field(); });
        });
    }

    std::string damaged(std::string text) {
        constexpr std::string_view tokens =
            "{}[]:,\"\\u0dD8cC123456789-.eE \n\t\x00\x7f\x80\xbf\xc2\xe0\xed\xef\xf4"sv;
        for (auto changes = below(3) + 1; changes > 0 && !text.empty(); --changes) {
            const std::size_t at = below(text.size());
            switch (below(4)) {
                case 0: text[at] = tokens[below(tokens.size())]; break;
                case 1: text.insert(at, 1, tokens[below(tokens.size())]); break;
                case 2: text.erase(at, 1 + below(3)); break;
                default: text.resize(at); break;
            }
        }
        return text;
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }
    std::string one_of(std::initializer_list<const char*> choices) {
        return choices.begin()[below(choices.size())];
    }
    std::string space() { return one_of({"", " ", "\n", "\t\r"}); }
    std::string separator(char usual) {
        return below(60) == 0 ? one_of({"", ",", ":", ",,", ", ]"}) : space() + usual + space();
    }

    template <class Element>
    std::string list(char begin, char end, Element element) {
        std::string text(1, begin);
        for (auto count = below(4); count > 0; --count) text += element() + (count > 1 ? separator(',') : "");
        return text + (below(60) == 0 ? ']' : end);
    }

    std::string string() {
        std::string text = "\"";
        for (auto count = below(4); count > 0; --count)
            text += one_of({"a", "b", "conv.weight", "\\n", "\\\"", "\\/", "\\u00e9", "\\ud83d\\ude00",
                            "\\u0000", "\u00e9", "\u4e00", "\U0001f600", "\x7f", "\xed\x9f\xbf",
                            "\xee\x80\x80", "\xf4\x8f\xbf\xbf"});
        if (below(12) == 0)
            text += one_of({"\\ud83d", "\\ude00", "\\ud83d\\n", "\\u12g4", "\\x41", "\n", "\x80", "\xc0\x80",
                            "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5", "\xe2\x82"});
        return text + "\"";
    }

    std::string integer() {
        return one_of({"0", "1", "-1", "24", "4611686018427387904", "9223372036854775807",
                       "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                       "18446744073709551615", "18446744073709551616", "184467440737095516150",
                       "100000000000000000000000000000000"});
    }

    std::string field() {
        const std::string integers = list('[', ']', [&] { return integer(); });
        switch (below(5)) {
            case 0:
                return "\"dtype\"" + separator(':') + one_of({"\"F32\"", "\"BF16\"", "\"F8\"", "32", "null"});
            case 1: return "\"data_offsets\"" + separator(':') + "[0,4]";
            case 2: return "\"data_offsets\"" + separator(':') + integers;
            case 3: return "\"shape\"" + separator(':') + value(3);
            default: return "\"shape\"" + separator(':') + integers;
        }
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("strings") {
    CHECK(read_string("") == "");
    CHECK(read_string(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    CHECK(read_string(R"(\u0041\u00e9\u4E00\uD83D\uDE00)") == "A\u00e9\u4e00\U0001f600");
    CHECK(read_string(R"(\u0000\u007f\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff)") ==
          "\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"sv);
    CHECK(read_string("\x7f\u00e9\ud7ff\ue000\U0010ffff") == "\x7f\u00e9\ud7ff\ue000\U0010ffff");

    CHECK(read_string(R"(\x)") == "invalid at 4\n");
    CHECK(read_string(R"(\u12g4)") == "invalid at 7\n");
    CHECK(read_string(R"(\u00:0)") == "invalid at 7\n");
    CHECK(read_string(R"(\ude00)") == "invalid at 8\n");
    CHECK(read_string(R"(\ud83d)") == "invalid at 9\n");
    CHECK(read_string(R"(\ud83d\n)") == "invalid at 10\n");
    CHECK(read_string(R"(\ud83d\ud83d)") == "invalid at 14\n");
    CHECK(read_string("\n") == "invalid at 3\n");
    CHECK(read_string("\0"sv) == "invalid at 3\n");
    for (const char* wrong : {"\x80", "\xc0\x80", "\xc1\xbf", "\xf5\x80\x80\x80", "\xff"}) {
        CAPTURE(wrong);
        CHECK(read_string(wrong) == "invalid at 3\n");
    }
    for (const char* wrong :
         {"\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80"}) {
        CAPTURE(wrong);
        CHECK(read_string(wrong) == "invalid at 4\n");
    }
    CHECK(read_string("\xe2\x82") == "invalid at 5\n");
    CHECK(read_string("\xf0\x9f\x98") == "invalid at 6\n");
}

TEST_CASE("numbers") {
    CHECK(read_value("0") == "unsigned 0");
    CHECK(read_value("-0") == "unsigned 0");
    CHECK(read_value("18446744073709551615") == "unsigned 18446744073709551615");
    CHECK(read_value("18446744073709551616") == "number 18446744073709551616");
    CHECK(read_value("-9223372036854775808") == "negative -9223372036854775808");
    CHECK(read_value("-9223372036854775809") == "number -9223372036854775809");
    for (const char* number :
         {"0.0", "-0.5", "1e1", "1E+1", "0e0", "12.50e-07", "1e-999", "0.0e999", "1e308",
          "1.7976931348623158e308", "17976931348623158.0000e292", "0.00017976931348623158e312"}) {
        CAPTURE(number);
        CHECK(read_value(number) == std::string("number ") + number);
    }
    for (const char* number : {"1e999", "-1e309", "1.7976931348623159e308", "17976931348623159.0000e292",
                               "0.00017976931348623159e312", "1e99999999999999999999"}) {
        CAPTURE(number);
        CHECK(read_value(number) == "invalid at " + std::to_string(1 + std::string_view(number).size()));
    }
    CHECK(read_value(std::string(400, '9')) == "invalid at 401");

    CHECK(read_value("01") == "unsigned 0");
    CHECK(events_by_plait("[01]").list == "[\nunsigned 0\ninvalid at 3\n");
    for (const char* wrong : {"-", "-a", "1.", "1.e1", "1e", "1e+", "1e-x"}) {
        CAPTURE(wrong);
        const std::size_t digits = std::string_view(wrong).find_last_of("-+.e0123456789");
        const bool early = wrong == "1.e1"sv;
        CHECK(read_value(wrong) == "invalid at " + std::to_string(early ? 4 : digits + 3));
    }
    for (const char* wrong : {"+1", ".5", "NaN", "Infinity", "0x10"}) {
        CAPTURE(wrong);
        CHECK_FALSE(events_by_plait("[" + std::string(wrong) + "]").whole);
    }
}

TEST_CASE("structure") {
    CHECK(events_by_plait(" {\"a\" : [ true,false , null ],\"a\":{}}\r\n\t ") ==
          json_events{true, "{\nkey a\n[\ntrue\nfalse\nnull\n]\nkey a\n{\n}\n}\n"});
    CHECK(events_by_plait("12") == json_events{true, "unsigned 12\n"});
    CHECK(events_by_plait("") == json_events{false, "invalid at 1\n"});
    CHECK(events_by_plait("[] []") == json_events{false, "[\n]\ninvalid at 4\n"});
    for (const char* wrong : {"[1,]",
                              "[,1]",
                              "[1 2]",
                              "[1:2]",
                              "[",
                              "[1",
                              "[1,",
                              "[}",
                              "]",
                              "}",
                              ",",
                              ":",
                              "{1:2}",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{\"a\":1,}",
                              "{\"a\" 1}",
                              "{\"a\":1 \"b\":2}",
                              "{\"a\":1]",
                              "{",
                              "{\"a\"",
                              "{\"a\":",
                              "tru",
                              "trues",
                              "nulL",
                              "/**/1",
                              "# 1",
                              "1 //",
                              "\xef\xbb\xbf[]",
                              "\"a"}) {
        CAPTURE(wrong);
        CHECK_FALSE(events_by_plait(wrong).whole);
        check_agreement(wrong);
    }
    CHECK_FALSE(events_by_plait("[1]\0"sv).whole);
    CHECK_FALSE(events_by_plait("[\0]"sv).whole);
}

namespace {

struct depth_counter {
    int depth = 0;
    std::size_t invalid_at = 0;

    bool object_begin() { return ++depth > 0; }
    bool object_end() { return true; }
    bool array_begin() { return ++depth > 0; }
    bool array_end() { return true; }
    bool key(const std::string&) { return true; }
    bool string(const std::string&) { return true; }
    bool unsigned_integer(std::uint64_t) { return true; }
    bool negative_integer(std::int64_t) { return true; }
    bool other_number(std::string_view) { return true; }
    bool boolean(bool) { return true; }
    bool null() { return true; }
    bool invalid(std::size_t position) {
        invalid_at = position;
        return false;
    }
};

}  // namespace

TEST_CASE("no input is read deeper than 64") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    depth_counter as_deep, deeper;
    CHECK(plait::detail::json_reader(nested(64), as_deep).read());
    CHECK(as_deep.depth == 64);
    CHECK_FALSE(plait::detail::json_reader(nested(1'000'000), deeper).read());
    CHECK(deeper.depth == 64);
    CHECK(deeper.invalid_at == 65);
}

TEST_CASE("what is made at random is read as nlohmann-json reads it") {
    made_json made(15);
    int values = 0, headers = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string value = made.value(), header = made.header();
        for (const std::string& text : {value, header, made.damaged(value), made.damaged(header)})
            check_agreement(text);
        values += events_by_plait(value).whole;
        headers += header_by_plait(header).whole;
    }
    CHECK(values > 2000);
    CHECK(headers > 2000);
}
