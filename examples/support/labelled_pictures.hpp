// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "picture_files.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/resize.hpp"

// Pictures to train or to test on: CIFAR in its official layout, or a folder with one sub-folder of pictures
// for each class.

namespace examples {

/// Pictures at CIFAR's size, with what was read to make them so.
struct labelled_pictures {
    plait::cifar_dataset set;
    int resized = 0;         ///< had another size
    bool is_folder = false;  ///< else one of the two CIFARs
};

/// Whether a folder holds CIFAR's pictures in the official layout.
inline bool holds_cifar(const std::filesystem::path& folder) {
    std::error_code ignored;
    for (const char* file : {"test_batch.bin", "data_batch_1.bin", "test.bin", "train.bin",
                             "cifar-10-batches-bin/test_batch.bin", "cifar-10-batches-bin/data_batch_1.bin",
                             "cifar-100-binary/test.bin", "cifar-100-binary/train.bin"})
        if (std::filesystem::exists(folder / file, ignored)) return true;
    return false;
}

/// Reads a folder of sub-folders, whose names in alphabetical order are the classes: of each picture the
/// square in the middle.
inline plait::result<labelled_pictures> read_picture_folder(const std::filesystem::path& folder) {
    constexpr plait::shape size = plait::cifar_dataset::picture_shape;
    const auto found = folders_in(folder);
    if (!found) return plait::failure{found.error()};
    const std::vector<std::filesystem::path>& classes = *found;
    if (classes.size() < 2)
        return plait::failure{folder.string() + ": has " + std::to_string(classes.size()) +
                              " sub-folders where CIFAR, or a sub-folder of pictures for each of at least 2 "
                              "classes, was expected"};
    labelled_pictures made;
    made.is_folder = true;
    made.set.classes = static_cast<int>(classes.size());
    for (int label = 0; label < made.set.classes; ++label) {
        const std::filesystem::path& of_class = classes[static_cast<std::size_t>(label)];
        const auto files = pictures_in(of_class);
        if (!files) return plait::failure{files.error()};
        made.set.label_names.push_back(of_class.filename().string());
        for (const std::filesystem::path& file : *files) {
            const auto read = plait::read_picture(file);
            if (!read) return plait::failure{read.error()};
            plait::picture square = plait::centre_square(*read);
            if (read->height != size.height || read->width != size.width) {
                ++made.resized;
                square = plait::resize(square, {.height = size.height, .width = size.width});
            }
            for (int c = 0; c < size.channels; ++c)
                for (std::size_t p = 0; p < size.elements() / size.channels; ++p)
                    made.set.pixels.push_back(square.rgb[p * size.channels + static_cast<std::size_t>(c)]);
            made.set.labels.push_back(label);
        }
    }
    return made;
}

/// The same, or CIFAR's training or test pictures, for a network of so many classes.
inline plait::result<labelled_pictures> read_labelled_pictures(const std::filesystem::path& folder,
                                                               int classes, bool training) {
    const std::string name = folder.string();
    if (const auto is_there = expect_folder(folder); !is_there) return plait::failure{is_there.error()};
    if (holds_cifar(folder)) {
        if (classes != 10 && classes != 100)
            return plait::failure{name + ": holds CIFAR where pictures of " + std::to_string(classes) +
                                  " classes were expected"};
        const auto kind = classes == 10 ? plait::cifar_kind::cifar10 : plait::cifar_kind::cifar100;
        auto read =
            training ? plait::read_cifar_training(folder, kind) : plait::read_cifar_test(folder, kind);
        if (!read) return plait::failure{read.error()};
        return labelled_pictures{.set = *std::move(read)};
    }
    auto read = read_picture_folder(folder);
    if (read && read->set.classes > classes)
        return plait::failure{name + ": has " + std::to_string(read->set.classes) +
                              " classes where at most the network's " + std::to_string(classes) +
                              " were expected"};
    return read;
}

}  // namespace examples
