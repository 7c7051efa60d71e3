// SPDX-License-Identifier: BSD-3-Clause
#include "cifar_picture.hpp"

#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"

plait::result<examples::cifar_picture> examples::read_cifar_picture(const std::string& path) {
    const auto picture = plait::read_picture(path);
    if (!picture) return plait::failure{picture.error()};
    return plait::to_tensor<cifar_picture::dimensions>(plait::centre_square(*picture));
}
