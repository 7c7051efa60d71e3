// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/cifar.hpp"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "scratch_folder.hpp"

using plait::cifar_dataset;
using plait::cifar_kind;

namespace {

/// Labels, then 3072 pixels that begin with `first_pixel` and count up.
std::string record(std::initializer_list<int> labels, int first_pixel) {
    std::string bytes;
    for (const int label : labels) bytes += static_cast<char>(label);
    for (int i = 0; i < 3072; ++i) bytes += static_cast<char>(first_pixel + i);
    return bytes;
}

std::string refusal(const std::filesystem::path& directory, cifar_kind kind = cifar_kind::either) {
    const auto read = plait::read_cifar_test(directory, kind);
    REQUIRE_FALSE(read);
    return read.error();
}

/// Without the path of the scratch folder.
std::string refusal_in(const scratch_folder& folder, cifar_kind kind = cifar_kind::either) {
    const std::string sentence = refusal(folder.path(), kind);
    const std::string path = folder.path().string();
    REQUIRE(sentence.starts_with(path));
    return sentence.substr(path.size());
}

}  // namespace

TEST_CASE("CIFAR-10 is read") {
    const scratch_folder folder;
    folder.write("test_batch.bin", record({3}, 0) + record({9}, 7));
    const auto read = plait::read_cifar_test(folder.path());
    REQUIRE(read);
    CHECK(read->classes == 10);
    CHECK(read->size() == 2);
    CHECK(read->labels == std::vector<int>{3, 9});
    CHECK(read->pixels.size() == 2 * 3072);
    REQUIRE(read->label_names.size() == 10);
    CHECK(read->label_names[0] == "airplane");
    CHECK(read->label_names[9] == "truck");

    const plait::tensor<float, plait::shape{3, 32, 32}> second = read->picture_tensor(1);
    CHECK(second(0, 0, 0) == 7.0f / 255.0f);
    CHECK(second(0, 0, 31) == 38.0f / 255.0f);
    CHECK(second(0, 1, 0) == 39.0f / 255.0f);
    CHECK(second(1, 0, 0) == 7.0f / 255.0f);
    CHECK(second(2, 31, 31) == 6.0f / 255.0f);
}

TEST_CASE("CIFAR-100 is read by its fine labels") {
    const scratch_folder folder;
    folder.write("test.bin", record({19, 0}, 1) + record({0, 99}, 2));
    const auto read = plait::read_cifar_test(folder.path());
    REQUIRE(read);
    CHECK(read->classes == 100);
    CHECK(read->labels == std::vector<int>{0, 99});
    CHECK(read->picture_tensor(1)(0, 0, 0) == 2.0f / 255.0f);
    REQUIRE(read->label_names.size() == 100);
    CHECK(read->label_names[42] == "42");
}

TEST_CASE("the archives' own folders are found, and the names beside the pictures") {
    const scratch_folder folder;
    folder.write("cifar-10-batches-bin/test_batch.bin", record({3}, 0));
    folder.write("cifar-10-batches-bin/batches.meta.txt", "a\nb\r\nc\nd\ne\nf\ng\nh\ni\nj j\n\n");
    const auto ten = plait::read_cifar_test(folder.path());
    REQUIRE(ten);
    CHECK(ten->label_names[1] == "b");
    CHECK(ten->label_names[9] == "j j");

    folder.write("cifar-100-binary/test.bin", record({3, 4}, 0));
    std::string names;
    for (int i = 0; i < 100; ++i) names += "name " + std::to_string(i) + "\n";
    folder.write("cifar-100-binary/fine_label_names.txt", names);
    CHECK(refusal_in(folder) == ": holds both CIFAR-10 and CIFAR-100 where one was expected");
    CHECK(plait::read_cifar_test(folder.path(), cifar_kind::cifar10)->classes == 10);
    const auto hundred = plait::read_cifar_test(folder.path(), cifar_kind::cifar100);
    REQUIRE(hundred);
    CHECK(hundred->classes == 100);
    CHECK(hundred->label_names[99] == "name 99");
}

TEST_CASE("refused: no data set") {
    const scratch_folder folder;
    CHECK(refusal(folder / "none") == (folder / "none").string() + ": no such directory");
    const auto file = folder.write("file", "x");
    CHECK(refusal(file) == file.string() + ": is a file where a directory was expected");
    CHECK(refusal_in(folder) == ": holds no test_batch.bin (CIFAR-10) or test.bin (CIFAR-100)");
    folder.write("test.bin", record({0, 0}, 0));
    CHECK(refusal_in(folder, cifar_kind::cifar10) == ": holds no test_batch.bin (CIFAR-10)");
    folder.write("other/test_batch.bin", record({0}, 0));
    CHECK(refusal(folder / "other", cifar_kind::cifar100) ==
          (folder / "other").string() + ": holds no test.bin (CIFAR-100)");
    std::filesystem::create_directory(folder / "test_batch.bin");
    CHECK(refusal_in(folder, cifar_kind::cifar10) ==
          "/test_batch.bin: is a directory where a file was expected");
}

TEST_CASE("refused: no whole number of records") {
    const scratch_folder folder;
    const std::string expected10 =
        " bytes where a whole number of CIFAR-10 records of 3073 bytes was expected";
    const std::string expected100 =
        " bytes where a whole number of CIFAR-100 records of 3074 bytes was expected";
    folder.write("test_batch.bin", "");
    CHECK(refusal_in(folder) == "/test_batch.bin: has 0" + expected10);
    folder.write("test_batch.bin", record({1}, 0) + "x");
    CHECK(refusal_in(folder) == "/test_batch.bin: has 3074" + expected10);
    folder.write("test_batch.bin", record({1}, 0).substr(1));
    CHECK(refusal_in(folder) == "/test_batch.bin: has 3072" + expected10);
    folder.write("test.bin", record({1}, 0));
    CHECK(refusal_in(folder, cifar_kind::cifar100) == "/test.bin: has 3073" + expected100);
}

TEST_CASE("refused: labels out of range") {
    const scratch_folder folder;
    folder.write("test_batch.bin", record({0}, 0) + record({10}, 0));
    CHECK(refusal_in(folder) == "/test_batch.bin: record 1 has label 10 where 0 to 9 was expected");
    folder.write("test_batch.bin", record({255}, 0));
    CHECK(refusal_in(folder) == "/test_batch.bin: record 0 has label 255 where 0 to 9 was expected");
    folder.write("hundred/test.bin", record({0, 0}, 0) + record({0, 99}, 0) + record({0, 100}, 0));
    CHECK(refusal(folder / "hundred") ==
          (folder / "hundred/test.bin").string() + ": record 2 has label 100 where 0 to 99 was expected");
    folder.write("hundred/test.bin", record({20, 0}, 0));
    CHECK(refusal(folder / "hundred") == (folder / "hundred/test.bin").string() +
                                             ": record 0 has coarse label 20 where 0 to 19 was expected");
}

TEST_CASE("refused: other than as many names as classes") {
    const scratch_folder folder;
    folder.write("test_batch.bin", record({0}, 0));
    folder.write("batches.meta.txt", "airplane\nautomobile\n");
    CHECK(refusal_in(folder) == "/batches.meta.txt: has 2 names where 10 were expected");
}
