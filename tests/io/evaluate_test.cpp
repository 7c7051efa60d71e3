// SPDX-License-Identifier: BSD-3-Clause
// Predictions on a whole test set, held against PyTorch's logits.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/load.hpp"
#include "plait/models/augshufflenet.hpp"
#include "scratch_folder.hpp"

namespace {

namespace fs = std::filesystem;
using net = plait::augshufflenet_x0_5<10>;

const fs::path source = PLAIT_SOURCE_DIR;
const fs::path bundled_weights = source / "examples/weights/augshufflenet_x0_5_cifar10.safetensors";
const fs::path shared = source.parent_path() / "shared";

std::vector<float> read_logits(const fs::path& path) {
    const auto bytes = plait::read_file(path);
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = plait::safetensors::parse(*bytes, path.string());
    REQUIRE_MESSAGE(file, file.error());
    const plait::stored_tensor* stored = file->find("logits");
    REQUIRE(stored);
    std::vector<float> logits(static_cast<std::size_t>(stored->elements()));
    REQUIRE(plait::copy_as_float(*stored, logits.data()));
    return logits;
}

int predicted(const float* logits) {
    return static_cast<int>(std::max_element(logits, logits + net::output.channels) - logits);
}

/// How a network's answers compare with PyTorch's on a test set.
struct comparison {
    int top1 = 0;
    int other_class = 0;  ///< pictures that PyTorch puts in another class
};

/// Checks each picture's logits, too.

comparison compare(const fs::path& weights, const plait::cifar_dataset& data,
                   const std::vector<float>& expected) {
    const auto model = plait::load<net>(weights);
    REQUIRE_MESSAGE(model, model.error());
    REQUIRE(expected.size() == static_cast<std::size_t>(data.size() * net::output.channels));

    comparison found;
    const auto scratch = std::make_unique<net::workspace>();
    for (int i = 0; i < data.size(); ++i) {
        const float* wanted = expected.data() + i * net::output.channels;
        const auto logits = (*model)(data.picture_tensor(i), *scratch);
        const int best = predicted(logits.data());
        found.top1 += best == data.labels[static_cast<std::size_t>(i)];
        found.other_class += best != predicted(wanted);

        INFO("picture " << i);
        check_agreement(logits, std::span(wanted, net::output.channels), 1e-4);
    }
    return found;
}

/// The 200 pictures of evaluate_fixture.py as a CIFAR-10 test set.
std::string made_up_records() {
    std::uint32_t state = 1;
    const auto next_byte = [&state] {
        state = state * 1664525u + 1013904223u;
        return static_cast<char>(state >> 24);
    };
    std::string records;
    for (int picture = 0; picture < 200; ++picture) {
        records += static_cast<char>(picture % 10);
        for (int band = 0; band < 3 * 4; ++band) {
            std::string row;
            for (int square = 0; square < 4; ++square) row += std::string(8, next_byte());
            for (int y = 0; y < 8; ++y) records += row;
        }
    }
    return records;
}

/// Whether CIFAR-10 could be unpacked to the folder.
bool unpack_cifar10(const fs::path& to) {
#ifdef __SANITIZE_ADDRESS__
    std::printf("skipped: a sanitizer would take minutes for 10,000 pictures\n");
    return false;
#endif
    if (!fs::exists(shared / "data/unpack")) {
        std::printf("skipped: there is no ../shared/data/unpack\n");
        return false;
    }
    if (std::system("command -v python3 dwebp >/dev/null") != 0) {
        std::printf("skipped: unpacking CIFAR-10 needs python3 and the Debian package webp\n");
        return false;
    }
    std::string command = "'";
    command.append((shared / "data/unpack").string()).append("' --only cifar10 '").append(to.string());
    command += "' >/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    return true;
}

}  // namespace

TEST_CASE("made-up pictures get PyTorch's logits") {
    const scratch_folder folder;
    folder.write("test_batch.bin", made_up_records());
    const auto data = plait::read_cifar_test(folder.path());
    REQUIRE_MESSAGE(data, data.error());

    const comparison found =
        compare(bundled_weights, *data, read_logits(source / "tests/io/evaluate.expected.safetensors"));
    CHECK(found.other_class == 0);
}

TEST_CASE("CIFAR-10's test set gets PyTorch's accuracy") {
    const scratch_folder folder;
    if (!unpack_cifar10(folder.path())) return;
    const auto data = plait::read_cifar_test(folder.path());
    REQUIRE_MESSAGE(data, data.error());

    struct training {
        std::string name;
        int top1;
    };
    for (const training& t : {training{"augshufflenet_port_x0_5_cifar10", 8757},
                              training{"augshufflenet_port_x0_5_cifar10_200_epochs", 9092}}) {
        const fs::path weights = shared / "weights" / (t.name + ".safetensors");
        const fs::path expected = shared / "weights" / (t.name + ".expected.safetensors");
        const comparison found = compare(weights, *data, read_logits(expected));
        INFO(t.name);
        CHECK(found.other_class <= 2);
        CHECK(std::abs(found.top1 - t.top1) <= 2);
    }
}
