import ModelGraph
import Testing

/// Names that are made of those of classes.
@Suite struct SnakeCaseTests {
  @Test(arguments: [
    ("Conv2D", "conv2d"), ("BatchNormalization", "batch_normalization"), ("ReLU", "re_lu"),
    ("PReLU", "p_re_lu"), ("LeakyReLU", "leaky_re_lu"), ("ELU", "elu"), ("LSTM", "lstm"),
    ("MaxPooling2D", "max_pooling2d"), ("GlobalAveragePooling2D", "global_average_pooling2d"),
    ("InputLayer", "input_layer"), ("DepthwiseConv2D", "depthwise_conv2d"),
    ("ZeroPadding2D", "zero_padding2d"), ("UpSampling2D", "up_sampling2d"),
    ("Conv2DTranspose", "conv2d_transpose"), ("ConvLSTM2D", "conv_lstm2d"),
    ("GroupedQueryAttention", "grouped_query_attention"), ("EinsumDense", "einsum_dense"),
    ("STFTSpectrogram", "stft_spectrogram"), ("StackedRNNCells", "stacked_rnn_cells"),
    ("Custom>Scale", "custom_scale"), ("has_lines", "has_lines"), ("aB", "a_b"),
    // As Python's `re` takes them apart.
    ("ABcDeFG", "a_bc_de_fg"), ("AbÉcD", "abéc_d"), ("A_Bc", "a__bc"), ("", ""), ("A", "a"),
  ])
  func `classes are in Keras's snake case`(name: String, expected: String) {
    #expect(name.inSnakeCase == expected)
  }
}
