// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "any_network.hpp"
#include "labelled_pictures.hpp"
#include "picture_files.hpp"
#include "plait/core/result.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/network/summary.hpp"
#include "prepare.hpp"

namespace examples {

/// Pictures as a network sees them: CIFAR's where it takes these, else files of a folder, which are read when
/// they are asked for. Files in sub-folders have labels, the sub-folder's number.
class picture_set {
public:
    /// CIFAR's training pictures, or those to test on.
    static plait::result<picture_set> read(const std::filesystem::path& folder, const network_entry& network,
                                           bool training) {
        if (const auto is_there = expect_folder(folder); !is_there) return plait::failure{is_there.error()};
        picture_set made(network.prepared);
        if (holds_cifar(folder)) {
            if (network.prepared != preparation::cifar)
                return plait::failure{folder.string() + ": holds CIFAR where pictures for " +
                                      std::string(network.name) + ", which sees " +
                                      plait::to_string(network.input) + ", were expected"};
            auto of_cifar = read_labelled_pictures(folder, network.output.channels, training);
            if (!of_cifar) return plait::failure{of_cifar.error()};
            made.cifar_ = std::move(of_cifar->set);
            return made;
        }
        const auto classes = folders_in(folder);
        if (!classes) return plait::failure{classes.error()};
        for (std::size_t label = 0; label < classes->size(); ++label) {
            const auto files = pictures_in((*classes)[label]);
            if (!files) return plait::failure{files.error()};
            made.files_.insert(made.files_.end(), files->begin(), files->end());
            made.labels_.resize(made.files_.size(), static_cast<int>(label));
        }
        if (!classes->empty()) return made;
        auto files = pictures_in(folder);
        if (!files) return plait::failure{files.error()};
        made.files_ = *std::move(files);
        return made;
    }

    int size() const { return cifar_ ? cifar_->size() : static_cast<int>(files_.size()); }
    bool has_labels() const { return cifar_ || !labels_.empty(); }
    int label(int i) const { return (cifar_ ? cifar_->labels : labels_)[static_cast<std::size_t>(i)]; }

    /// Writes picture `i` to a network's input.
    plait::result<void> put(int i, std::span<float> input) const {
        if (cifar_) {
            constexpr plait::shape size = plait::cifar_dataset::picture_shape;
            cifar_->put(i, plait::map_writer<size>(input.first<size.elements()>()));
            return {};
        }
        const auto picture = plait::read_picture(files_[static_cast<std::size_t>(i)]);
        if (!picture) return plait::failure{picture.error()};
        prepare(*picture, prepared_, input);
        return {};
    }

private:
    explicit picture_set(preparation prepared) : prepared_(prepared) {}

    preparation prepared_;
    std::optional<plait::cifar_dataset> cifar_;
    std::vector<std::filesystem::path> files_;
    std::vector<int> labels_;  ///< of files in sub-folders
};

}  // namespace examples
