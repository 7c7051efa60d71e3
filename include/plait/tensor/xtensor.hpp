// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#endif

#include "plait/core/as_size.hpp"
#include "plait/tensor/array_expression.hpp"

namespace plait::inline PLAIT_TARGET {

/// An xtensor view of a tensor's values, channels x height x width, without a copy. The tensor must outlive
/// it.
template <class T, shape Shape>
auto as_xtensor(tensor<T, Shape>& t) {
    return xt::adapt(t.data(),
                     xt::xshape<as_size(Shape.channels), as_size(Shape.height), as_size(Shape.width)>{});
}
template <class T, shape Shape>
auto as_xtensor(const tensor<T, Shape>& t) {
    return xt::adapt(t.data(),
                     xt::xshape<as_size(Shape.channels), as_size(Shape.height), as_size(Shape.width)>{});
}
template <class T, shape Shape>
void as_xtensor(tensor<T, Shape>&& temporary) = delete;

}  // namespace plait::inline PLAIT_TARGET
