// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/npy.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "../foreign_locale.hpp"

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

namespace {

/// A file that is gone after the test.
class scratch_file {
public:
    scratch_file()
        : path_(std::filesystem::temp_directory_path() /
                ("plait_test_" + std::to_string(getpid()) + ".npy")) {}
    explicit scratch_file(const std::string& content) : scratch_file() {
        std::ofstream(path_, std::ios::binary)
            .write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    ~scratch_file() { std::filesystem::remove_all(path_); }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A file of version 1 with this header and data.
std::string npy_of(const std::string& header, const std::string& data) {
    std::string file = "\x93NUMPY";
    file += {'\1', '\0'};
    file += static_cast<char>(header.size() & 255);
    file += static_cast<char>(header.size() >> 8);
    return file + header + data;
}

std::string header_of(const std::string& type, const std::string& order, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

template <class T>
std::string raw(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Without the path.
std::string refusal(const std::string& content) {
    const scratch_file file(content);
    const auto read = plait::read_npy(file.path());
    REQUIRE_FALSE(read);
    REQUIRE(read.error().starts_with(file.path().string() + ": "));
    return read.error().substr(file.path().string().size() + 2);
}

xt::xarray<float> accepted(const std::string& content) {
    const scratch_file file(content);
    auto read = plait::read_npy(file.path());
    INFO(read.error());
    REQUIRE(read);
    return *std::move(read);
}

const std::vector<float> six_values{1.5f, -2.0f, 1e-42f, 4.0f, 5.0f, INFINITY};

}  // namespace

TEST_CASE("float32 is read as NumPy writes it") {
    // numpy.save pads its header to 64 bytes with spaces, and ends it with a newline.
    std::string header = header_of("<f4", "False", "(2, 3)");
    header.resize(117, ' ');
    const xt::xarray<float> array = accepted(npy_of(header + "\n", raw(six_values)));
    REQUIRE(array.dimension() == 2);
    CHECK(array.shape(0) == 2);
    CHECK(array.shape(1) == 3);
    CHECK(array(0, 0) == 1.5f);
    CHECK(array(0, 2) == 1e-42f);
    CHECK(array(1, 0) == 4.0f);
    CHECK(std::isinf(array(1, 2)));
}

TEST_CASE("float64 is converted") {
    const xt::xarray<float> array =
        accepted(npy_of(header_of("<f8", "False", "(3,)") + "\n", raw<double>({0.1, -2.0, 1e300})));
    REQUIRE(array.dimension() == 1);
    CHECK(array(0) == 0.1f);
    CHECK(array(1) == -2.0f);
    CHECK(std::isinf(array(2)));
}

TEST_CASE("headers of any length, order, quotes and version") {
    const std::string data = raw(six_values);
    for (std::size_t length = 64; length < 1000; length += 13) {
        std::string header = header_of("<f4", "False", "(6,)");
        header.resize(length, ' ');
        CAPTURE(length);
        REQUIRE(accepted(npy_of(header, data)).size() == 6);
    }
    CHECK(accepted(npy_of("{'shape':(6,1),'descr':'<f4','fortran_order':False}", data)).dimension() == 2);
    CHECK(accepted(npy_of("{ \"fortran_order\" : False, \"descr\": \"<f4\", \"shape\": (6) }\n", data))
              .size() == 6);

    std::string second = npy_of(header_of("<f4", "False", "(1, 6)"), data);
    second[6] = '\2';
    second.insert(10, std::string(2, '\0'));
    CHECK(accepted(second).dimension() == 2);
    second[6] = '\3';
    CHECK(accepted(second).dimension() == 2);

    const xt::xarray<float> scalar = accepted(npy_of(header_of("<f4", "False", "()"), raw<float>({7.0f})));
    CHECK(scalar.dimension() == 0);
    CHECK(scalar() == 7.0f);

    std::string ones = "(";
    for (int i = 0; i < 64; ++i) ones += "1, ";
    CHECK(accepted(npy_of(header_of("<f4", "False", ones + ")"), raw<float>({7.0f}))).dimension() == 64);
}

TEST_CASE("what was written is read") {
    const scratch_file file;
    const xt::xarray<float> array = {{1.0f, 2.0f, 3.0f}, {4.0f, 5.0f, 6.0f}};
    REQUIRE(plait::write_npy(file.path(), array));
    CHECK(*plait::read_npy(file.path()) == array);

    // An expression, of another type, that is column-major.
    const xt::xarray<double, xt::layout_type::column_major> columns = array;
    REQUIRE(plait::write_npy(file.path(), 2.0 * columns));
    CHECK(*plait::read_npy(file.path()) == xt::xarray<float>(2.0f * array));
}

TEST_CASE("a tensor is written with its dimensions") {
    const scratch_file file;
    plait::tensor<float, plait::shape{2, 3, 4}> values;
    for (int i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 7;
    REQUIRE(plait::write_npy(file.path(), values));
    const auto read = plait::read_npy(file.path());
    REQUIRE(read);
    REQUIRE(read->dimension() == 3);
    CHECK(read->shape(0) == 2);
    CHECK(read->shape(1) == 3);
    CHECK(read->shape(2) == 4);
    CHECK((*read)(1, 2, 3) == values(1, 2, 3));
    CHECK(std::equal(values.begin(), values.end(), read->begin()));
}

TEST_CASE("a header is NumPy's, in any locale") {
    const scratch_file file;
    const foreign_locale here;
    const std::string too_few = refusal(npy_of(header_of("<f4", "False", "(1234567,)"), raw(six_values)));
    const auto written = plait::write_npy(file.path(), xt::xarray<float>::from_shape({1234567, 1, 2}));
    const auto read = plait::read_npy(file.path());
    REQUIRE_MESSAGE(written, written.error());
    REQUIRE_MESSAGE(read, read.error());
    CHECK(read->shape() == xt::xarray<float>::shape_type{1234567, 1, 2});
    CHECK(too_few == "has 24 bytes of values where 4938268 were expected for its shape (1234567,)");

    std::string header(128, '\0');
    std::ifstream(file.path(), std::ios::binary).read(header.data(), 128);
    CHECK(header.starts_with(std::string("\x93NUMPY\1\0\x76\0", 10) +
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (1234567, 1, 2), }  "));
    CHECK(header.ends_with("  \n"));
    CHECK(std::filesystem::file_size(file.path()) == 128 + 4 * 2 * 1234567);
}

TEST_CASE("refused: no file") {
    const scratch_file file;
    CHECK(plait::read_npy(file.path()).error() == file.path().string() + ": no such file");
    CHECK(plait::read_npy(std::filesystem::temp_directory_path()).error() ==
          std::filesystem::temp_directory_path().string() + ": is a directory where a file was expected");
    const scratch_file below("x");
    const std::string why = plait::read_npy(below.path() / "x").error();
    CHECK(why.starts_with((below.path() / "x").string() + ": "));
    CHECK(plait::write_npy("/no/such/folder/x.npy", xt::xarray<float>{1.0f}).error() ==
          "/no/such/folder/x.npy: cannot be written (No such file or directory)");
}

TEST_CASE("refused: no .npy file") {
    const std::string whole = npy_of(header_of("<f4", "False", "(6,)"), raw(six_values));
    CHECK(refusal("") == "is not a NumPy .npy file");
    CHECK(refusal("1.0, 2.0, 3.0\n") == "is not a NumPy .npy file");
    CHECK(refusal(whole.substr(0, 5)) == "is not a NumPy .npy file");
    CHECK(refusal(whole.substr(0, 6)) == "is truncated within its header");
    CHECK(refusal(whole.substr(0, 11)) == "is truncated within its header");
    CHECK(refusal(whole.substr(0, 40)) == "is truncated within its header");
    std::string future = whole;
    future[6] = '\4';
    CHECK(refusal(future) == "has .npy version 4 where 1, 2 or 3 was expected");
    std::string lying = whole;
    lying[6] = '\2';
    CHECK(refusal(lying) == "is truncated within its header");
}

TEST_CASE("refused: a header that says nothing or something else") {
    for (const char* header :
         {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
          "{'descr': '<f4', 'fortran_order': no, 'shape': (6,)}", "{'descr': '<f4, 'fortran_order': False}",
          "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': 6}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (6.0,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551622,)}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (6,) 'x': 1}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x"}) {
        CAPTURE(header);
        CHECK(refusal(npy_of(header, raw(six_values))) ==
              "has a header that is not that of a plain NumPy array");
    }
}

TEST_CASE("refused: types and orders that are not read") {
    for (const std::string type : {"<f2", ">f4", "<i4", "|u1", "|b1", "<c8", "|O", "<U3", ""}) {
        CHECK(refusal(npy_of(header_of(type, "False", "(6,)"), raw(six_values))) ==
              "has values of type '" + type + "' where '<f4' or '<f8' (float32 or float64) was expected");
    }
    CHECK(refusal(npy_of(header_of("<f4", "True", "(2, 3)"), raw(six_values))) ==
          "is in Fortran order where C order was expected (numpy.ascontiguousarray makes it)");
}

TEST_CASE("a file's own words stay one short line") {
    const std::string type = std::string("<h\0\n", 4) + std::string(1000, 'x');
    const std::string why = refusal(npy_of(header_of(type, "False", "(6,)"), raw(six_values)));
    CHECK(why == "has values of type '<h??" + std::string(96, 'x') +
                     "...' where '<f4' or '<f8' (float32 or float64) was expected");
}

TEST_CASE("refused: a size that is not the shape's") {
    const auto refused = [](const std::string& shape) {
        return refusal(npy_of(header_of("<f4", "False", shape), raw(six_values)));
    };
    CHECK(refused("(5,)") == "has 24 bytes of values where 20 were expected for its shape (5,)");
    CHECK(refused("(7,)") == "has 24 bytes of values where 28 were expected for its shape (7,)");
    CHECK(refused("()") == "has 24 bytes of values where 4 were expected for its shape ()");
    CHECK(refused("(1000000000, 1000)") ==
          "has 24 bytes of values where 4000000000000 were expected for its shape (1000000000, 1000)");
    CHECK(refused("(0, 3)") == "has the shape (0, 3), which is empty or larger than any memory");
    // 2^62 + 6 values, 24 bytes in 64 bits.
    CHECK(refused("(2, 3, 768614336404564651)") ==
          "has the shape (2, 3, 768614336404564651), which is empty or larger than any memory");
    CHECK(refused("(1000000000000, 1000000000000)") ==
          "has the shape (1000000000000, 1000000000000), which is empty or larger than any memory");

    std::string ones = "(6, ";
    for (int i = 0; i < 64; ++i) ones += "1, ";
    CHECK(refused(ones + ")") == "has 65 dimensions where at most 64 were expected");
}

TEST_CASE("no damage makes a file dangerous") {
    const std::string whole = npy_of(header_of("<f4", "False", "(2, 3)") + "    \n", raw(six_values));
    std::mt19937 random(6);
    const std::string tokens = "{}(),:'<>0123456789 f";
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = whole;
        for (auto change = random() % 3 + 1; change > 0; --change) {
            char& at = damaged[random() % damaged.size()];
            at = random() % 2 == 0 ? tokens[random() % tokens.size()] : static_cast<char>(random());
        }
        const auto checked = plait::detail::check_npy(damaged);
        if (!checked) REQUIRE(!checked.error().empty());
        if (checked) REQUIRE(accepted(damaged).size() <= 6);
    }
}
