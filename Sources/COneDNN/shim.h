#pragma once

// oneDNN, in the few words that this package needs of it.
//
// oneDNN 2 describes a primitive in a struct that is then made into a primitive descriptor, and
// holds a memory descriptor by value; oneDNN 3 makes both at once, behind pointers. The functions
// below have one form for both: what differs between the versions stays in this file.

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>
#include <stdlib.h>

// MARK: - Layouts

#if DNNL_VERSION_MAJOR >= 3

/// How the elements of a tensor lie in memory. To be freed with `onednn_layout_free`.
typedef dnnl_memory_desc_t onednn_layout;

static inline dnnl_status_t onednn_layout_strided(
    onednn_layout *layout, int rank, const int64_t *sizes, const int64_t *strides) {
  return dnnl_memory_desc_create_with_strides(layout, rank, sizes, dnnl_f32, strides);
}

static inline dnnl_status_t onednn_layout_tagged(
    onednn_layout *layout, int rank, const int64_t *sizes, dnnl_format_tag_t tag) {
  return dnnl_memory_desc_create_with_tag(layout, rank, sizes, dnnl_f32, tag);
}

static inline dnnl_status_t onednn_layout_copy(onednn_layout *layout, const_dnnl_memory_desc_t other) {
  return dnnl_memory_desc_clone(layout, other);
}

static inline dnnl_status_t onednn_layout_permuted(
    onednn_layout *layout, onednn_layout other, const int *permutation) {
  return dnnl_memory_desc_permute_axes(layout, other, permutation);
}

static inline void onednn_layout_free(onednn_layout layout) {
  (void)dnnl_memory_desc_destroy(layout);
}

static inline const int64_t *onednn_layout_sizes(onednn_layout layout) {
  const int64_t *sizes = NULL;
  (void)dnnl_memory_desc_query(layout, dnnl_query_dims, &sizes);
  return sizes;
}

static inline int onednn_layout_rank(onednn_layout layout) {
  int rank = 0;
  (void)dnnl_memory_desc_query(layout, dnnl_query_ndims_s32, &rank);
  return rank;
}

/// The distances between neighbours along each axis, in elements: of the outermost blocks, where
/// an axis is in blocks; `NULL` for a layout that cannot be told in strides.
static inline const int64_t *onednn_layout_strides(onednn_layout layout) {
  const int64_t *strides = NULL;
  (void)dnnl_memory_desc_query(layout, dnnl_query_strides, &strides);
  return strides;
}

/// The number of innermost blocks, with the axis and the size of each.
static inline int onednn_layout_blocks(
    onednn_layout layout, const int64_t **axes, const int64_t **sizes) {
  int count = 0;
  (void)dnnl_memory_desc_query(layout, dnnl_query_inner_nblks_s32, &count);
  (void)dnnl_memory_desc_query(layout, dnnl_query_inner_idxs, axes);
  (void)dnnl_memory_desc_query(layout, dnnl_query_inner_blks, sizes);
  return count;
}

static inline size_t onednn_layout_size(onednn_layout layout) {
  return dnnl_memory_desc_get_size(layout);
}

static inline int onednn_layout_equal(onednn_layout left, onednn_layout right) {
  return dnnl_memory_desc_equal(left, right);
}

static inline dnnl_status_t onednn_memory_create(
    dnnl_memory_t *memory, onednn_layout layout, dnnl_engine_t engine, void *bytes) {
  return dnnl_memory_create(memory, layout, engine, bytes);
}

#else

/// How the elements of a tensor lie in memory. To be freed with `onednn_layout_free`.
typedef dnnl_memory_desc_t *onednn_layout;

static inline dnnl_status_t onednn_layout_copy(
    onednn_layout *layout, const dnnl_memory_desc_t *other) {
  if (!other) return dnnl_invalid_arguments;
  *layout = (onednn_layout)malloc(sizeof **layout);
  if (!*layout) return dnnl_out_of_memory;
  **layout = *other;
  return dnnl_success;
}

static inline dnnl_status_t onednn_layout_strided(
    onednn_layout *layout, int rank, const int64_t *sizes, const int64_t *strides) {
  dnnl_memory_desc_t made;
  dnnl_status_t status = dnnl_memory_desc_init_by_strides(&made, rank, sizes, dnnl_f32, strides);
  return status == dnnl_success ? onednn_layout_copy(layout, &made) : status;
}

static inline dnnl_status_t onednn_layout_tagged(
    onednn_layout *layout, int rank, const int64_t *sizes, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t made;
  dnnl_status_t status =
      dnnl_memory_desc_init_by_tag(&made, rank, sizes, dnnl_f32, tag);
  return status == dnnl_success ? onednn_layout_copy(layout, &made) : status;
}

static inline dnnl_status_t onednn_layout_permuted(
    onednn_layout *layout, onednn_layout other, const int *permutation) {
  dnnl_memory_desc_t made;
  dnnl_status_t status = dnnl_memory_desc_permute_axes(&made, other, permutation);
  return status == dnnl_success ? onednn_layout_copy(layout, &made) : status;
}

static inline void onednn_layout_free(onednn_layout layout) { free(layout); }

static inline const int64_t *onednn_layout_sizes(onednn_layout layout) { return layout->dims; }

static inline int onednn_layout_rank(onednn_layout layout) { return layout->ndims; }

/// The distances between neighbours along each axis, in elements: of the outermost blocks, where
/// an axis is in blocks; `NULL` for a layout that cannot be told in strides.
static inline const int64_t *onednn_layout_strides(onednn_layout layout) {
  return layout->format_kind == dnnl_blocked ? layout->format_desc.blocking.strides : NULL;
}

/// The number of innermost blocks, with the axis and the size of each.
static inline int onednn_layout_blocks(
    onednn_layout layout, const int64_t **axes, const int64_t **sizes) {
  *axes = layout->format_desc.blocking.inner_idxs;
  *sizes = layout->format_desc.blocking.inner_blks;
  return layout->format_desc.blocking.inner_nblks;
}

static inline size_t onednn_layout_size(onednn_layout layout) {
  return dnnl_memory_desc_get_size(layout);
}

static inline int onednn_layout_equal(onednn_layout left, onednn_layout right) {
  return dnnl_memory_desc_equal(left, right);
}

static inline dnnl_status_t onednn_memory_create(
    dnnl_memory_t *memory, onednn_layout layout, dnnl_engine_t engine, void *bytes) {
  return dnnl_memory_create(memory, layout, engine, bytes);
}

#endif

/// A layout that a primitive chooses for itself.
static inline dnnl_status_t onednn_layout_any(
    onednn_layout *layout, int rank, const int64_t *sizes) {
  return onednn_layout_tagged(layout, rank, sizes, dnnl_format_tag_any);
}

/// How many channels the code for this processor takes as one, of signals and images, where it
/// does not by itself choose to have them in blocks: 16 with AVX-512; else 0.
static inline int onednn_channel_block(int rank) {
  int wide = dnnl_cpu_isa_avx512_core;
  int is_wide = ((int)dnnl_get_effective_cpu_isa() & wide) == wide;
  return is_wide && (rank == 3 || rank == 4) ? 16 : 0;
}

/// Blocks of 8 or 16 channels, each of them an image of its own: `nChw16c` of (batch, channels,
/// height, width).
static inline dnnl_status_t onednn_layout_blocked(
    onednn_layout *layout, int rank, const int64_t *sizes, int64_t block) {
  static const dnnl_format_tag_t narrow[] = {dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b};
  static const dnnl_format_tag_t wide[] = {dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b};
  if (rank < 3 || rank > 5 || (block != 8 && block != 16)) return dnnl_unimplemented;
  return onednn_layout_tagged(layout, rank, sizes, (block == 8 ? narrow : wide)[rank - 3]);
}

/// Where some memory is.
static inline void *onednn_memory_bytes(const_dnnl_memory_t memory) {
  void *bytes = NULL;
  (void)dnnl_memory_get_data_handle(memory, &bytes);
  return bytes;
}

/// The layout that a primitive has chosen: its source, weights, destination or scratchpad.
static inline dnnl_status_t onednn_layout_chosen(
    onednn_layout *layout, const_dnnl_primitive_desc_t primitive, dnnl_query_t what, int index) {
  return onednn_layout_copy(layout, dnnl_primitive_desc_query_md(primitive, what, index));
}

/// What runs a primitive: `jit:avx2`, or a text that contains `ref` for code that is not tuned.
static inline const char *onednn_implementation(const_dnnl_primitive_desc_t primitive) {
  const char *text = NULL;
  (void)dnnl_primitive_desc_query(primitive, dnnl_query_impl_info_str, 0, &text);
  return text ? text : "";
}

// MARK: - Functions of one element, and what else follows a primitive

/// Gives a function that had no parameters in oneDNN 2 those that it has in oneDNN 3.
static inline void onednn_complete(dnnl_alg_kind_t function, float *alpha, float *beta) {
#if DNNL_VERSION_MAJOR >= 3
  if (function == dnnl_eltwise_hardswish) *alpha = 1.0f / 6, *beta = 0.5f;
#else
  (void)function, (void)alpha, (void)beta;
#endif
}

static inline dnnl_status_t onednn_append_function(
    dnnl_post_ops_t operations, dnnl_alg_kind_t function, float alpha, float beta) {
  onednn_complete(function, &alpha, &beta);
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_eltwise(operations, function, alpha, beta);
#else
  return dnnl_post_ops_append_eltwise(operations, 1.0f, function, alpha, beta);
#endif
}

/// Adds what the destination held before.
static inline dnnl_status_t onednn_append_sum(dnnl_post_ops_t operations) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef);
#else
  return dnnl_post_ops_append_sum(operations, 1.0f);
#endif
}

// MARK: - Primitives

#if DNNL_VERSION_MAJOR >= 3

static inline dnnl_status_t onednn_convolution(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination,
    const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after) {
  return dnnl_convolution_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, dnnl_convolution_direct, source, weights, bias,
      destination, strides, dilations, before, after, attributes);
}

static inline dnnl_status_t onednn_deconvolution(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination,
    const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after) {
  return dnnl_deconvolution_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, dnnl_deconvolution_direct, source, weights, bias,
      destination, strides, dilations, before, after, attributes);
}

static inline dnnl_status_t onednn_inner_product(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination) {
  return dnnl_inner_product_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, source, weights, bias, destination, attributes);
}

static inline dnnl_status_t onednn_pooling(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout source, onednn_layout destination, const int64_t *strides,
    const int64_t *kernel, const int64_t *before, const int64_t *after) {
  const int64_t dilations[DNNL_MAX_NDIMS] = {0};
  return dnnl_pooling_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, kind, source, destination, strides, kernel, dilations,
      before, after, attributes);
}

/// Normalizes by given means and variances, then scales and shifts.
static inline dnnl_status_t onednn_batch_normalization(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout layout, float epsilon, int relu) {
  unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift;
  if (relu) flags |= dnnl_fuse_norm_relu;
  return dnnl_batch_normalization_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, layout, layout, epsilon, flags, attributes);
}

static inline dnnl_status_t onednn_function(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t function, onednn_layout layout, float alpha, float beta) {
  onednn_complete(function, &alpha, &beta);
  return dnnl_eltwise_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, function, layout, layout, alpha, beta, attributes);
}

static inline dnnl_status_t onednn_binary(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout left, onednn_layout right, onednn_layout destination) {
  return dnnl_binary_primitive_desc_create(
      made, engine, kind, left, right, destination, attributes);
}

static inline dnnl_status_t onednn_softmax(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout layout, int axis) {
  return dnnl_softmax_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, kind, layout, layout, axis, attributes);
}

static inline dnnl_status_t onednn_resampling(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout source, onednn_layout destination) {
  return dnnl_resampling_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, kind, NULL, source, destination, attributes);
}

/// Joins tensors along an axis, in a layout that the library chooses.
static inline dnnl_status_t onednn_concatenation(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    int count, int axis, const onednn_layout *sources) {
  return dnnl_concat_primitive_desc_create(
      made, engine, NULL, count, axis, (const const_dnnl_memory_desc_t *)sources, attributes);
}

/// A recurrence along a sequence, as `kind` says: `dnnl_vanilla_rnn` with an activation function,
/// `dnnl_vanilla_lstm`, `dnnl_vanilla_gru` or `dnnl_lbr_gru`.
///
/// The states before the first step, and of all but a long short-term memory the cells, may be `NULL`.
static inline dnnl_status_t onednn_recurrence(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, dnnl_alg_kind_t activation, dnnl_rnn_direction_t direction,
    onednn_layout source, onednn_layout state, onednn_layout cell, onednn_layout weights,
    onednn_layout recurrent_weights, onednn_layout bias, onednn_layout destination,
    onednn_layout new_state, onednn_layout new_cell) {
  switch (kind) {
  case dnnl_vanilla_rnn:
    return dnnl_vanilla_rnn_forward_primitive_desc_create(
        made, engine, dnnl_forward_inference, activation, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef, 0.0f, 0.0f,
        attributes);
  case dnnl_vanilla_lstm:
    return dnnl_lstm_forward_primitive_desc_create(
        made, engine, dnnl_forward_inference, direction, source, state, cell, weights,
        recurrent_weights, NULL, NULL, bias, destination, new_state, new_cell,
        dnnl_rnn_flags_undef, attributes);
  case dnnl_vanilla_gru:
    return dnnl_gru_forward_primitive_desc_create(
        made, engine, dnnl_forward_inference, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef, attributes);
  default:
    return dnnl_lbr_gru_forward_primitive_desc_create(
        made, engine, dnnl_forward_inference, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef, attributes);
  }
}

static inline dnnl_status_t onednn_matrix_product(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout left, onednn_layout right, onednn_layout destination) {
  return dnnl_matmul_primitive_desc_create(
      made, engine, left, right, NULL, destination, attributes);
}

/// Normalizes along the last axis by means and variances of its own, then scales and shifts.
static inline dnnl_status_t onednn_layer_normalization(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout layout, float epsilon) {
  unsigned flags = dnnl_use_scale | dnnl_use_shift;
  return dnnl_layer_normalization_forward_primitive_desc_create(
      made, engine, dnnl_forward_inference, layout, layout, NULL, epsilon, flags, attributes);
}

#else

static inline dnnl_status_t onednn_convolution(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination,
    const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after) {
  dnnl_convolution_desc_t description;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &description, dnnl_forward_inference, dnnl_convolution_direct, source, weights, bias,
      destination, strides, dilations, before, after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_deconvolution(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination,
    const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after) {
  dnnl_deconvolution_desc_t description;
  dnnl_status_t status = dnnl_dilated_deconvolution_forward_desc_init(
      &description, dnnl_forward_inference, dnnl_deconvolution_direct, source, weights, bias,
      destination, strides, dilations, before, after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_inner_product(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout weights, onednn_layout bias, onednn_layout destination) {
  dnnl_inner_product_desc_t description;
  dnnl_status_t status = dnnl_inner_product_forward_desc_init(
      &description, dnnl_forward_inference, source, weights, bias, destination);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_pooling(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout source, onednn_layout destination, const int64_t *strides,
    const int64_t *kernel, const int64_t *before, const int64_t *after) {
  dnnl_pooling_desc_t description;
  dnnl_status_t status = dnnl_pooling_forward_desc_init(
      &description, dnnl_forward_inference, kind, source, destination, strides, kernel, before,
      after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

/// Normalizes by given means and variances, then scales and shifts.
static inline dnnl_status_t onednn_batch_normalization(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout layout, float epsilon, int relu) {
  unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift;
  if (relu) flags |= dnnl_fuse_norm_relu;
  dnnl_batch_normalization_desc_t description;
  dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
      &description, dnnl_forward_inference, layout, epsilon, flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_function(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t function, onednn_layout layout, float alpha, float beta) {
  onednn_complete(function, &alpha, &beta);
  dnnl_eltwise_desc_t description;
  dnnl_status_t status = dnnl_eltwise_forward_desc_init(
      &description, dnnl_forward_inference, function, layout, alpha, beta);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_binary(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout left, onednn_layout right, onednn_layout destination) {
  dnnl_binary_desc_t description;
  dnnl_status_t status = dnnl_binary_desc_init(&description, kind, left, right, destination);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_softmax(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout layout, int axis) {
  dnnl_softmax_v2_desc_t description;
  dnnl_status_t status = dnnl_softmax_v2_forward_desc_init(
      &description, dnnl_forward_inference, kind, layout, layout, axis);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_resampling(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, onednn_layout source, onednn_layout destination) {
  dnnl_resampling_desc_t description;
  dnnl_status_t status = dnnl_resampling_forward_desc_init(
      &description, dnnl_forward_inference, kind, NULL, source, destination);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

/// Joins tensors along an axis, in a layout that the library chooses.
static inline dnnl_status_t onednn_concatenation(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    int count, int axis, const onednn_layout *sources) {
  // An array of structs here, of pointers in oneDNN 3.
  dnnl_memory_desc_t *array = (dnnl_memory_desc_t *)calloc((size_t)count, sizeof *array);
  if (!array) return dnnl_out_of_memory;
  for (int index = 0; index < count; index++) array[index] = *sources[index];
  dnnl_status_t status =
      dnnl_concat_primitive_desc_create(made, NULL, count, axis, array, attributes, engine);
  free(array);
  return status;
}

/// A recurrence along a sequence, as `kind` says: `dnnl_vanilla_rnn` with an activation function,
/// `dnnl_vanilla_lstm`, `dnnl_vanilla_gru` or `dnnl_lbr_gru`.
///
/// The states before the first step, and of all but a long short-term memory the cells, may be `NULL`.
static inline dnnl_status_t onednn_recurrence(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    dnnl_alg_kind_t kind, dnnl_alg_kind_t activation, dnnl_rnn_direction_t direction,
    onednn_layout source, onednn_layout state, onednn_layout cell, onednn_layout weights,
    onednn_layout recurrent_weights, onednn_layout bias, onednn_layout destination,
    onednn_layout new_state, onednn_layout new_cell) {
  dnnl_rnn_desc_t description;
  dnnl_status_t status;
  switch (kind) {
  case dnnl_vanilla_rnn:
    status = dnnl_vanilla_rnn_forward_desc_init(
        &description, dnnl_forward_inference, activation, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef, 0.0f, 0.0f);
    break;
  case dnnl_vanilla_lstm:
    status = dnnl_lstm_forward_desc_init(
        &description, dnnl_forward_inference, direction, source, state, cell, weights,
        recurrent_weights, bias, destination, new_state, new_cell, dnnl_rnn_flags_undef);
    break;
  case dnnl_vanilla_gru:
    status = dnnl_gru_forward_desc_init(
        &description, dnnl_forward_inference, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef);
    break;
  default:
    status = dnnl_lbr_gru_forward_desc_init(
        &description, dnnl_forward_inference, direction, source, state, weights,
        recurrent_weights, bias, destination, new_state, dnnl_rnn_flags_undef);
  }
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

static inline dnnl_status_t onednn_matrix_product(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout left, onednn_layout right, onednn_layout destination) {
  dnnl_matmul_desc_t description;
  dnnl_status_t status = dnnl_matmul_desc_init(&description, left, right, NULL, destination);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

/// Normalizes along the last axis by means and variances of its own, then scales and shifts.
static inline dnnl_status_t onednn_layer_normalization(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout layout, float epsilon) {
  unsigned flags = dnnl_use_scale | dnnl_use_shift;
  dnnl_layer_normalization_desc_t description;
  dnnl_status_t status = dnnl_layer_normalization_forward_desc_init(
      &description, dnnl_forward_inference, layout, NULL, epsilon, flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &description, attributes, engine, NULL);
}

#endif

static inline dnnl_status_t onednn_reorder(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, const_dnnl_primitive_attr_t attributes,
    onednn_layout source, onednn_layout destination) {
  return dnnl_reorder_primitive_desc_create(made, source, engine, destination, engine, attributes);
}

// MARK: - Threads

// oneDNN as Debian builds it runs on OpenMP's threads, of the library that it was linked with.
// Looking the functions up while running asks for no OpenMP where this package is compiled; a
// oneDNN that was built without it has none of them, and keeps to threads of its own.

/// The number of threads that the primitives that this thread makes and runs may use.
static inline int onednn_thread_count(void) {
  int (*get)(void) = (int (*)(void))dlsym(NULL /* any library */, "omp_get_max_threads");
  return get ? get() : 1;
}

/// Sets how many threads the primitives that this thread makes and runs may use.
static inline void onednn_set_thread_count(int count) {
  void (*set)(int) = (void (*)(int))dlsym(NULL /* any library */, "omp_set_num_threads");
  if (set) set(count);
}

/// Calls a function on as many of OpenMP's threads at once, this one among them.
///
/// Returns 0 where there is no OpenMP, without having called it.
static inline int onednn_in_parallel(void (*body)(void *), void *context, unsigned count) {
  void (*start)(void (*)(void *), void *, unsigned, unsigned) =
      (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(NULL /* any library */, "GOMP_parallel");
  if (!start) return 0;
  start(body, context, count, 0);
  return 1;
}

/// The number of the calling thread among those that `onednn_in_parallel` started.
static inline int onednn_thread_number(void) {
  int (*number)(void) = (int (*)(void))dlsym(NULL /* any library */, "omp_get_thread_num");
  return number ? number() : 0;
}
