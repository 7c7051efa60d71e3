// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/core/shape.hpp"
#include "plait/io/file.hpp"
#include "plait/tensor/map_writer.hpp"
#include "plait/tensor/tensor.hpp"

namespace plait::inline PLAIT_TARGET {

/// Which data set a folder is to hold: `either` finds out.
enum class cifar_kind { either, cifar10, cifar100 };

/// The test pictures of CIFAR-10 or CIFAR-100, 3 x 32 x 32 each, with their labels.
struct cifar_dataset {
    static constexpr shape picture_shape{.channels = 3, .height = 32, .width = 32};
    static constexpr std::size_t picture_bytes = picture_shape.elements();

    int classes = 0;
    std::vector<std::uint8_t> pixels;  ///< picture by picture, planes of red, green and blue
    std::vector<int> labels;           ///< of each picture, from 0; CIFAR-100's fine ones
    std::vector<std::string> label_names;

    /// How many pictures there are.
    int size() const { return static_cast<int>(labels.size()); }

    /// Writes a picture, scaled to [0, 1], to a network's input: what the published CIFAR networks were
    /// trained on.
    void put(int index, const map_writer<picture_shape>& to) const {
        const std::uint8_t* from = pixels.data() + static_cast<std::size_t>(index) * picture_bytes;
        for (int c = 0; c < picture_shape.channels; ++c) {
            for (int y = 0; y < picture_shape.height; ++y, from += picture_shape.width)
                to.row(c, y, [from](int x) { return static_cast<float>(from[x]) / 255.0f; });
        }
    }
    /// The same as a tensor of its own.
    tensor<float, picture_shape> picture_tensor(int index) const {
        tensor<float, picture_shape> scaled;
        put(index, map_writer<picture_shape>(scaled));
        return scaled;
    }
};

namespace detail {

/// A data set's official binary layout: records of label bytes, the last of which counts, and a picture.
struct cifar_layout {
    std::string_view name;
    int classes;
    int coarse_classes;
    std::size_t label_bytes;
    std::string_view folder;
    std::string_view file;
    std::string_view names_file;
};

inline constexpr cifar_layout cifar10_layout{
    "CIFAR-10", 10, 0, 1, "cifar-10-batches-bin", "test_batch.bin", "batches.meta.txt"};
inline constexpr cifar_layout cifar100_layout{
    "CIFAR-100", 100, 20, 2, "cifar-100-binary", "test.bin", "fine_label_names.txt"};

inline constexpr std::string_view cifar10_names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                     "dog",      "frog",       "horse", "ship", "truck"};

/// The layout's file in `directory` or in its official folder there; empty if there is none.
inline std::filesystem::path find_cifar_file(const std::filesystem::path& directory,
                                             const cifar_layout& layout) {
    std::error_code error;
    for (const std::filesystem::path& path :
         {directory / layout.file, directory / layout.folder / layout.file}) {
        if (std::filesystem::exists(path, error)) return path;
    }
    return {};
}

/// Lines that are not empty.
inline std::vector<std::string> lines_of(std::span<const std::byte> text) {
    std::vector<std::string> lines;
    std::string line;
    const auto end_line = [&] {
        if (!line.empty()) lines.push_back(std::exchange(line, {}));
    };
    for (const std::byte each : text) {
        const char c = static_cast<char>(each);
        if (c == '\n') {
            end_line();
        } else if (c != '\r') {
            line += c;
        }
    }
    end_line();
    return lines;
}

/// From the file of names beside the pictures; where there is none, CIFAR-10's own names or the labels'
/// numbers.
inline result<std::vector<std::string>> cifar_label_names(const std::filesystem::path& folder,
                                                          const cifar_layout& layout) {
    const std::filesystem::path path = folder / layout.names_file;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        if (layout.classes == 10)
            return std::vector<std::string>(std::begin(cifar10_names), std::end(cifar10_names));
        std::vector<std::string> numbers;
        numbers.reserve(static_cast<std::size_t>(layout.classes));
        for (int label = 0; label < layout.classes; ++label) numbers.push_back(std::to_string(label));
        return numbers;
    }

    const auto text = read_file(path);
    if (!text) return failure{text.error()};
    std::vector<std::string> names = lines_of(*text);
    if (names.size() != static_cast<std::size_t>(layout.classes)) {
        return failure{path.string() + ": has " + std::to_string(names.size()) + " names where " +
                       std::to_string(layout.classes) + " were expected"};
    }
    return names;
}

/// Why a record's label is none; empty if it is one.
inline std::string why_no_label(const char* kind, int label, int classes) {
    if (label < classes) return "";
    return std::string(kind) + " " + std::to_string(label) + " where 0 to " + std::to_string(classes - 1) +
           " was expected";
}

inline result<cifar_dataset> read_cifar_file(const std::filesystem::path& path, const cifar_layout& layout) {
    const std::string name = path.string();
    const auto bytes = read_file(path);
    if (!bytes) return failure{bytes.error()};
    const std::size_t record_bytes = layout.label_bytes + cifar_dataset::picture_bytes;
    if (bytes->empty() || bytes->size() % record_bytes != 0) {
        return failure{name + ": has " + std::to_string(bytes->size()) + " bytes where a whole number of " +
                       std::string(layout.name) + " records of " + std::to_string(record_bytes) +
                       " bytes was expected"};
    }

    auto label_names = cifar_label_names(path.parent_path(), layout);
    if (!label_names) return failure{label_names.error()};
    cifar_dataset dataset{layout.classes, {}, {}, *std::move(label_names)};
    const std::size_t records = bytes->size() / record_bytes;
    dataset.pixels.reserve(records * cifar_dataset::picture_bytes);
    for (std::size_t record = 0; record < records; ++record) {
        const std::byte* at = bytes->data() + record * record_bytes;
        const int label = std::to_integer<int>(at[layout.label_bytes - 1]);
        std::string why = why_no_label("label", label, layout.classes);
        if (layout.coarse_classes > 0 && why.empty()) {
            why = why_no_label("coarse label", std::to_integer<int>(at[0]), layout.coarse_classes);
        }
        if (!why.empty()) return failure{name + ": record " + std::to_string(record) + " has " + why};
        dataset.labels.push_back(label);
        for (const std::byte* pixel = at + layout.label_bytes; pixel != at + record_bytes; ++pixel) {
            dataset.pixels.push_back(std::to_integer<std::uint8_t>(*pixel));
        }
    }
    return dataset;
}

}  // namespace detail

/// Reads the test pictures in the official binary layout: `test_batch.bin` (CIFAR-10) or `test.bin`
/// (CIFAR-100), in `directory` or in the archive's own folder `cifar-10-batches-bin` or `cifar-100-binary`
/// there.
inline result<cifar_dataset> read_cifar_test(const std::filesystem::path& directory,
                                             cifar_kind kind = cifar_kind::either) {
    const std::string name = directory.string();
    std::error_code error;
    if (!std::filesystem::exists(directory, error)) return failure{name + ": no such directory"};
    if (!std::filesystem::is_directory(directory, error)) {
        return failure{name + ": is a file where a directory was expected"};
    }

    const std::filesystem::path file10 = detail::find_cifar_file(directory, detail::cifar10_layout);
    const std::filesystem::path file100 = detail::find_cifar_file(directory, detail::cifar100_layout);
    const bool wants10 = kind != cifar_kind::cifar100;
    const bool wants100 = kind != cifar_kind::cifar10;
    const bool found10 = wants10 && !file10.empty();
    const bool found100 = wants100 && !file100.empty();
    if (found10 && found100)
        return failure{name + ": holds both CIFAR-10 and CIFAR-100 where one was expected"};
    if (found10) return detail::read_cifar_file(file10, detail::cifar10_layout);
    if (found100) return detail::read_cifar_file(file100, detail::cifar100_layout);

    const std::string expected10 = wants10 ? "test_batch.bin (CIFAR-10)" : "";
    const std::string expected100 = wants100 ? "test.bin (CIFAR-100)" : "";
    return failure{name + ": holds no " + expected10 + (wants10 && wants100 ? " or " : "") + expected100};
}

/// Reads the training pictures: `data_batch_1.bin` to `data_batch_5.bin` (CIFAR-10) or `train.bin`
/// (CIFAR-100), of the kind that is named, in the same folders.
inline result<cifar_dataset> read_cifar_training(const std::filesystem::path& directory, cifar_kind kind) {
    const bool is_10 = kind != cifar_kind::cifar100;
    detail::cifar_layout layout = is_10 ? detail::cifar10_layout : detail::cifar100_layout;
    constexpr std::string_view files10[]{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                         "data_batch_4.bin", "data_batch_5.bin"};
    constexpr std::string_view files100[]{"train.bin"};
    const std::span<const std::string_view> files =
        is_10 ? std::span<const std::string_view>(files10) : std::span<const std::string_view>(files100);
    cifar_dataset all;
    for (const std::string_view name : files) {
        layout.file = name;
        const std::filesystem::path file = detail::find_cifar_file(directory, layout);
        if (file.empty())
            return failure{directory.string() + ": holds no " + std::string(name) + " (" +
                           std::string(layout.name) + ")"};
        auto part = detail::read_cifar_file(file, layout);
        if (!part) return failure{part.error()};
        all.classes = part->classes;
        all.label_names = std::move(part->label_names);
        all.pixels.insert(all.pixels.end(), part->pixels.begin(), part->pixels.end());
        all.labels.insert(all.labels.end(), part->labels.begin(), part->labels.end());
    }
    return all;
}

}  // namespace plait::inline PLAIT_TARGET
