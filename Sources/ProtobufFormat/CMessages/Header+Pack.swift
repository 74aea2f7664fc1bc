internal import CModelProto
internal import OrderedCollections
internal import ModelGraph

// C structures are made here from Swift values and packed at once; no pointer
// leaves this file. Every use is sound for the same reason: what the messages point
// to is the arena's, which outlives the packing.

extension Header {
  /// The bytes of the `Model` message without its tensors.
  func packed() throws(ProtobufFormatError) -> [UInt8] {
    let arena = CMessageArena()
    let message = try unsafe message(in: arena)
    if let text = arena.textWithNul { throw .nulInText(text) }
    let count = unsafe residual__v1__model__get_packed_size(message)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = unsafe residual__v1__model__pack(message, buffer.baseAddress)
    }
  }

  private func message(
    in arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Model> {
    try unsafe arena.message(residual__v1__model__init) {
      (model: inout Residual__V1__Model) throws(ProtobufFormatError) in
      unsafe model.format = arena.text(Schema.format)
      unsafe model.schema_version = UInt32(Schema.version)
      unsafe model.file_byte_count = UInt64(fileByteCount)
      // Keeps the place: the value is known only when the whole file is.
      unsafe model.header_checksum = 1
      unsafe model.provenance = try provenanceMessage(arena)
      unsafe model.n_graphs = graphs.count
      unsafe model.graphs = try graphMessages(arena)
      if let source { unsafe model.source = try message(of: source, arena) }
      unsafe model.n_goldens = goldens.count
      unsafe model.goldens = try arena.list(Array(goldens.enumerated())) {
        (pair) throws(ProtobufFormatError) in
        try unsafe message(of: pair.element, index: pair.offset, arena)
      }
      unsafe model.n_shards = shards.count
      unsafe model.shards = try arena.list(shards) { (shard) throws(ProtobufFormatError) in
        try unsafe arena.message(residual__v1__shard__init) {
          (message: inout Residual__V1__Shard) in
          unsafe message.file_name = arena.text(shard.fileName)
          unsafe message.byte_count = UInt64(shard.byteCount)
          unsafe message.checksum = shard.checksum
        }
      }
      try unsafe add(UnknownFields.model, to: &model.base, arena)
    }
  }

  private func add(
    _ key: String, to base: inout ProtobufCMessage, _ arena: CMessageArena
  ) throws(ProtobufFormatError) {
    try unsafe arena.addUnknown(unknown[key], to: &base, key: key)
  }

  private func provenanceMessage(
    _ arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Provenance> {
    try unsafe arena.message(residual__v1__provenance__init) {
      (message: inout Residual__V1__Provenance) throws(ProtobufFormatError) in
      unsafe message.format = arena.text(provenance.format)
      unsafe message.producer = arena.text(provenance.producer)
      unsafe message.producer_version = arena.text(provenance.producerVersion)
      unsafe message.backend = arena.text(provenance.backend)
      unsafe message.n_history = provenance.history.count
      unsafe message.history = try arena.list(Array(provenance.history.enumerated())) {
        (pair) throws(ProtobufFormatError) in
        try unsafe arena.message(residual__v1__history_step__init) {
          (step: inout Residual__V1__HistoryStep) throws(ProtobufFormatError) in
          unsafe step.operation = arena.text(pair.element.operation)
          unsafe step.tool = arena.text(pair.element.tool)
          unsafe step.detail = arena.text(pair.element.detail)
          try unsafe add(UnknownFields.historyStep(pair.offset), to: &step.base, arena)
        }
      }
      try unsafe add(UnknownFields.provenance, to: &message.base, arena)
    }
  }

  private func graphMessages(
    _ arena: CMessageArena
  ) throws(ProtobufFormatError)
    -> UnsafeMutablePointer<UnsafeMutablePointer<Residual__V1__Graph>?>
  {
    try unsafe arena.list(Array(graphs.enumerated())) { (pair) throws(ProtobufFormatError) in
      let (index, graph) = pair
      return try unsafe arena.message(residual__v1__graph__init) {
        (message: inout Residual__V1__Graph) throws(ProtobufFormatError) in
        unsafe message.name = arena.text(graph.name)
        unsafe message.form = Residual__V1__GraphForm(rawValue: graph.form)
        unsafe message.n_layers = graph.layers.count
        unsafe message.layers = try arena.list(graph.layers) { layer throws(ProtobufFormatError) in
          try unsafe arena.message(of: layer, graph: index)
        }
        unsafe message.n_calls = graph.calls.count
        unsafe message.calls = try arena.list(graph.calls) { call throws(ProtobufFormatError) in
          try unsafe arena.message(of: call, graph: index)
        }
        unsafe message.n_inputs = graph.inputs.count
        unsafe message.inputs = try arena.list(graph.inputs, arena.message(of:))
        unsafe message.n_outputs = graph.outputs.count
        unsafe message.outputs = try arena.list(graph.outputs, arena.message(of:))
        try unsafe arena.addUnknown(
          graph.unknown, to: &message.base, key: UnknownFields.graph(index))
      }
    }
  }
}

// MARK: - Graphs

extension CMessageArena {
  fileprivate func message(
    of layer: LayerRecord, graph: Int
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Layer> {
    try unsafe message(residual__v1__layer__init) {
      (message: inout Residual__V1__Layer) throws(ProtobufFormatError) in
      unsafe message.name = text(layer.name)
      unsafe message.kind = text(layer.kind)
      unsafe message.is_trainable = layer.isTrainable ? 1 : 0
      unsafe message.compute_type = Residual__V1__DataType(rawValue: layer.computeType)
      unsafe message.n_parameters = layer.parameters.count
      unsafe message.parameters = try list(layer.parameters) {
        (parameter) throws(ProtobufFormatError) in
        try unsafe self.message(residual__v1__parameter__init) {
          (message: inout Residual__V1__Parameter) in
          unsafe message.role = text(parameter.role)
          unsafe message.tensor = text(parameter.tensor)
          unsafe message.trainability = Residual__V1__Trainability(
            rawValue: parameter.trainability)
        }
      }
      switch layer.body {
      case .absent: break
      case .attributes(let attributes):
        unsafe message.body_case = RESIDUAL__V1__LAYER__BODY_ATTRIBUTES
        unsafe message.attributes = try self.message(of: attributes)
      case .graph(let index):
        unsafe message.body_case = RESIDUAL__V1__LAYER__BODY_GRAPH
        unsafe message.graph = try number(index, "graph index")
      case .unsupported(let path, let reason, let configuration):
        unsafe message.body_case = RESIDUAL__V1__LAYER__BODY_UNSUPPORTED
        unsafe message.unsupported = try self.message(residual__v1__unsupported_layer__init) {
          (message: inout Residual__V1__UnsupportedLayer) in
          unsafe message.path = text(path)
          unsafe message.reason = text(reason)
          unsafe message.configuration = text(configuration)
        }
      }
      try unsafe addUnknown(
        layer.unknown, to: &message.base, key: UnknownFields.layer(layer.name, graph: graph))
    }
  }

  fileprivate func message(
    of attributes: [AttributeRecord]
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__AttributeList> {
    try unsafe message(residual__v1__attribute_list__init) {
      (message: inout Residual__V1__AttributeList) throws(ProtobufFormatError) in
      unsafe message.n_attributes = attributes.count
      unsafe message.attributes = try list(attributes) { (attribute) throws(ProtobufFormatError) in
        try unsafe self.message(residual__v1__attribute__init) {
          (message: inout Residual__V1__Attribute) throws(ProtobufFormatError) in
          unsafe message.name = text(attribute.name)
          if let value = attribute.value { try unsafe set(value, in: &message) }
        }
      }
    }
  }

  private func set(
    _ value: AttributeValue, in message: inout Residual__V1__Attribute
  ) throws(ProtobufFormatError) {
    switch value {
    case .bool(let value):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_BOOL_VALUE
      unsafe message.bool_value = value ? 1 : 0
    case .int(let value):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_INT_VALUE
      unsafe message.int_value = Int64(value)
    case .double(let value):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_DOUBLE_VALUE
      unsafe message.double_value = value
    case .string(let value):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_STRING_VALUE
      unsafe message.string_value = text(value)
    case .ints(let values):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_INT_LIST
      unsafe message.int_list = try self.message(of: values)
    case .doubles(let values):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_DOUBLE_LIST
      unsafe message.double_list = try self.message(of: values)
    case .strings(let values):
      unsafe message.value_case = RESIDUAL__V1__ATTRIBUTE__VALUE_STRING_LIST
      unsafe message.string_list = try self.message(of: values)
    }
  }

  fileprivate func message(
    of record: CallRecord, graph: Int
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Call> {
    try unsafe message(residual__v1__call__init) {
      (message: inout Residual__V1__Call) throws(ProtobufFormatError) in
      unsafe message.layer = text(record.call.layer)
      unsafe message.node = try number(record.call.node, "node of '\(record.call.layer)'")
      unsafe message.n_arguments = record.call.arguments.count
      unsafe message.arguments = try list(Array(record.call.arguments)) {
        (argument) throws(ProtobufFormatError) in
        try unsafe self.message(of: argument.value, named: argument.key)
      }
      unsafe message.n_output_shapes = record.outputShapes.count
      unsafe message.output_shapes = try list(record.outputShapes) {
        shape throws(ProtobufFormatError) in
        try unsafe self.message(residual__v1__shape__init) {
          (message: inout Residual__V1__Shape) in
          unsafe message.is_unknown = shape == nil ? 1 : 0
          unsafe message.n_sizes = shape?.rank ?? 0
          unsafe message.sizes = copy((shape?.dimensions ?? []).map { Int64($0 ?? -1) })
        }
      }
      unsafe message.n_explicit_padding = record.explicitPadding.count
      unsafe message.explicit_padding = copy(record.explicitPadding.map { UInt64(clamping: $0) })
      try unsafe addUnknown(
        record.unknown, to: &message.base, key: UnknownFields.call(record.call.name, graph: graph))
    }
  }

  func message(
    of reference: TensorReference
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__TensorReference> {
    try unsafe message(residual__v1__tensor_reference__init) {
      (message: inout Residual__V1__TensorReference) throws(ProtobufFormatError) in
      unsafe message.layer = text(reference.layer)
      unsafe message.node = try number(reference.node, "node of '\(reference.layer)'")
      unsafe message.index = try number(reference.index, "output of '\(reference.layer)'")
    }
  }

  func number(_ value: Int, _ what: String) throws(ProtobufFormatError) -> UInt32 {
    guard let number = UInt32(exactly: value) else { throw .number(value, what: what) }
    return number
  }
}

extension [AttributeRecord] {
  /// The bytes of the `AttributeList` message.
  func packed() throws(ProtobufFormatError) -> [UInt8] {
    let arena = CMessageArena()
    let message = try unsafe arena.message(of: self)
    if let text = arena.textWithNul { throw .nulInText(text) }
    let count = unsafe residual__v1__attribute_list__get_packed_size(message)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = unsafe residual__v1__attribute_list__pack(message, buffer.baseAddress)
    }
  }
}
