// SPDX-License-Identifier: BSD-3-Clause
#include "cifar_picture.hpp"

#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"

plait::result<void> examples::read_cifar_picture(const std::string& path, const cifar_input& to) {
    const auto picture = plait::read_picture(path);
    if (!picture) return plait::failure{picture.error()};
    plait::put(plait::centre_square(*picture), to);
    return {};
}
