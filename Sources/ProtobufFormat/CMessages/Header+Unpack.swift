internal import CModelProto
internal import ModelGraph

// C structures are read here and copied into Swift values at once; no pointer
// leaves this file. Every use is sound for the same reason: protobuf-c makes whole
// messages, whose lists have as many elements as they say, whose texts end in a
// NUL, and which live as long as the memory that they are in, until the end of `init`.

extension Header {
  /// Parses the fields of a `Model` message that are in some ranges of it: they are a message too.
  ///
  /// - Parameter share: How many such parts share the memory that may be taken.
  init(
    unpacking ranges: [Range<Int>], of bytes: [UInt8], limits: ProtobufLimits, share: Int = 1
  ) throws(ProtobufFormatError) {
    for range in ranges { try MessageForm.model.check(unsafe bytes.span.bytes, range) }
    let message = unsafe bytes.span.bytes.copy(ranges)
    var budget = AllocationBudget(byteCount: limits.parsedByteCount / share)
    let unpacked = unsafe budget.withAllocator { allocator in
      unsafe message.withUnsafeBufferPointer {
        unsafe residual__v1__model__unpack(allocator, $0.count, $0.baseAddress)
      }
    }
    guard let unpacked = unsafe unpacked else {
      guard !budget.isExceeded else {
        throw .exceeds(what: "bytes of parsed header", limit: limits.parsedByteCount)
      }
      throw .unparsable
    }
    // The message lies in the budget's memory.
    defer { extendLifetime(budget) }
    try unsafe self.init(unpacked.pointee)
  }

  private init(_ message: Residual__V1__Model) throws(ProtobufFormatError) {
    fileByteCount = try size(unsafe message.file_byte_count, "file_byte_count")
    unsafe unknown[UnknownFields.model] = unknownFields(message.base)
    if let pointer = unsafe message.provenance { unsafe read(pointer.pointee) }
    graphs = try unsafe list(message.n_graphs, message.graphs, GraphRecord.init)
    if let pointer = unsafe message.source { source = try unsafe read(pointer.pointee) }
    for index in 0..<(unsafe message.n_goldens) {
      guard let pointer = unsafe message.goldens[index] else { continue }
      unsafe goldens.append(read(pointer.pointee, index: index))
    }
    shards = try unsafe list(message.n_shards, message.shards) {
      (shard: Residual__V1__Shard) throws(ProtobufFormatError) in
      unsafe ShardRecord(
        fileName: text(shard.file_name), byteCount: try size(shard.byte_count, "byte_count"),
        checksum: shard.checksum)
    }
  }

  private mutating func read(_ message: Residual__V1__Provenance) {
    unsafe provenance = Provenance(
      format: text(message.format), producer: text(message.producer),
      producerVersion: text(message.producer_version), backend: text(message.backend))
    unsafe unknown[UnknownFields.provenance] = unknownFields(message.base)
    for index in 0..<(unsafe message.n_history) {
      guard let step = unsafe message.history[index]?.pointee else { continue }
      provenance.history.append(
        unsafe Provenance.Step(
          operation: text(step.operation), tool: text(step.tool), detail: text(step.detail)))
      unsafe unknown[UnknownFields.historyStep(index)] = unknownFields(step.base)
    }
  }

  private mutating func read(
    _ message: Residual__V1__Source
  ) throws(ProtobufFormatError) -> SourceRecord {
    unsafe unknown[UnknownFields.source] = unknownFields(message.base)
    var record = unsafe SourceRecord(format: text(message.format))
    record.objects = try unsafe objects(message.n_objects, message.objects) {
      UnknownFields.sourceObject($0)
    }
    var names: Set<String> = []
    for index in 0..<(unsafe message.n_members) {
      guard let member = unsafe message.members[index]?.pointee else { continue }
      let name = unsafe text(member.name)
      guard names.insert(name).inserted else {
        throw .duplicate(name, what: "members", of: "the source record")
      }
      record.members.append(
        SourceRecord.Member(
          name: name, timestamp: unsafe member.timestamp, content: try unsafe content(member, name))
      )
    }
    guard record.objects.isEmpty || record.members.isEmpty else {
      throw .value(
        field: "members", of: "the source record", found: "objects beside them",
        expected: "one or the other")
    }
    return record
  }

  private mutating func content(
    _ member: Residual__V1__SourceMember, _ name: String
  ) throws(ProtobufFormatError) -> SourceRecord.Member.Content {
    switch unsafe member.content_case {
    case RESIDUAL__V1__SOURCE_MEMBER__CONTENT_DATA:
      return .bytes(unsafe byteArray(member.data))
    case RESIDUAL__V1__SOURCE_MEMBER__CONTENT_TREE:
      let tree = unsafe member.tree.pointee
      return .tree(
        try unsafe objects(tree.n_objects, tree.objects) {
          UnknownFields.sourceObject($0, of: name)
        })
    default:
      throw .missing(field: "content", of: "member '\(name)'")
    }
  }

  /// The objects of a tree.
  ///
  /// - Parameter place: What the unknown fields of an object with a path are kept under.
  private mutating func objects(
    _ count: Int,
    _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Residual__V1__SourceObject>?>?,
    _ place: (_ path: String) -> String
  ) throws(ProtobufFormatError) -> [SourceRecord.Object] {
    var objects: [SourceRecord.Object] = []
    var paths = Set<String>(minimumCapacity: count)
    for index in 0..<count {
      guard let object = unsafe messages?[index]?.pointee else { continue }
      let path = unsafe text(object.path)
      guard paths.insert(path).inserted else {
        throw .duplicate(path, what: "objects", of: "the source record")
      }
      unsafe unknown[place(path)] = unknownFields(object.base)
      let attributes = try unsafe list(object.n_attributes, object.attributes) {
        (attribute: Residual__V1__SourceAttribute) throws(ProtobufFormatError) in
        let name = unsafe text(attribute.name)
        return unsafe SourceRecord.Attribute(
          name: name, datatype: text(attribute.datatype),
          value: try value(attribute.value, of: "attribute '\(name)' of '\(path)'"))
      }
      let dataset = try unsafe object.dataset.map {
        (pointer: UnsafeMutablePointer<Residual__V1__SourceDataset>) throws(ProtobufFormatError) in
        try unsafe read(pointer.pointee, path: path)
      }
      objects.append(.init(path: path, attributes: attributes, dataset: dataset))
    }
    return objects
  }

  private func read(
    _ message: Residual__V1__SourceDataset, path: String
  ) throws(ProtobufFormatError) -> SourceRecord.Dataset {
    let content: SourceRecord.Dataset.Content
    switch unsafe message.content_case {
    case RESIDUAL__V1__SOURCE_DATASET__CONTENT_TENSOR:
      content = unsafe .tensor(text(message.tensor))
    case RESIDUAL__V1__SOURCE_DATASET__CONTENT_VALUE:
      content = .value(try unsafe value(message.value, of: "dataset '\(path)'"))
    default:
      throw .missing(field: "content", of: "dataset '\(path)'")
    }
    return unsafe .init(
      datatype: text(message.datatype), storage: text(message.storage), content: content)
  }

  private mutating func read(_ message: Residual__V1__Golden, index: Int) -> GoldenRecord {
    unsafe unknown[UnknownFields.golden(index)] = unknownFields(message.base)
    var golden = unsafe GoldenRecord(
      producer: text(message.producer), producerVersion: text(message.producer_version),
      backend: text(message.backend))
    if unsafe message.optional_seed_case == RESIDUAL__V1__GOLDEN__OPTIONAL_SEED_SEED {
      golden.seed = Int(unsafe message.seed)
    }
    if unsafe message.optional_notes_case == RESIDUAL__V1__GOLDEN__OPTIONAL_NOTES_NOTES {
      golden.notes = unsafe text(message.notes)
    }
    golden.weightDigests = unsafe (0..<message.n_weight_digests).map {
      unsafe message.weight_digests[$0]
    }
    for caseIndex in 0..<(unsafe message.n_cases) {
      guard let recorded = unsafe message.cases[caseIndex]?.pointee else { continue }
      golden.cases.append(
        unsafe GoldenCaseRecord(
          name: text(recorded.name), description: text(recorded.description),
          inputs: list(recorded.n_inputs, recorded.inputs, NamedTensorRecord.init),
          outputs: list(recorded.n_outputs, recorded.outputs, NamedTensorRecord.init),
          calls: list(recorded.n_calls, recorded.calls, NamedTensorRecord.init),
          masks: list(recorded.n_masks, recorded.masks, NamedTensorRecord.init)))
      unsafe unknown[UnknownFields.goldenCase(caseIndex, of: index)] = unknownFields(recorded.base)
    }
    return golden
  }
}

extension NamedTensorRecord {
  fileprivate init(_ message: Residual__V1__NamedTensor) {
    unsafe self.init(name: text(message.name), tensor: text(message.tensor))
  }
}

// MARK: - Graphs

extension GraphRecord {
  fileprivate init(_ message: Residual__V1__Graph) throws(ProtobufFormatError) {
    unsafe self.init(
      name: text(message.name), form: message.form.rawValue,
      layers: try list(message.n_layers, message.layers, LayerRecord.init),
      calls: try list(message.n_calls, message.calls, CallRecord.init),
      inputs: list(message.n_inputs, message.inputs, TensorReference.init),
      outputs: list(message.n_outputs, message.outputs, TensorReference.init),
      unknown: unknownFields(message.base))
  }
}

extension LayerRecord {
  fileprivate init(_ message: Residual__V1__Layer) throws(ProtobufFormatError) {
    unsafe self.init(
      name: text(message.name), kind: text(message.kind), isTrainable: message.is_trainable != 0,
      computeType: message.compute_type.rawValue,
      parameters: list(message.n_parameters, message.parameters) {
        unsafe ParameterRecord(
          role: text($0.role), tensor: text($0.tensor), trainability: $0.trainability.rawValue)
      },
      unknown: unknownFields(message.base))
    switch unsafe message.body_case {
    case RESIDUAL__V1__LAYER__BODY_ATTRIBUTES:
      body = .attributes(unsafe attributeRecords(message.attributes.pointee))
    case RESIDUAL__V1__LAYER__BODY_GRAPH:
      body = .graph(Int(unsafe message.graph))
    case RESIDUAL__V1__LAYER__BODY_UNSUPPORTED:
      let layer = unsafe message.unsupported.pointee
      body = unsafe .unsupported(
        path: text(layer.path), reason: text(layer.reason), configuration: text(layer.configuration)
      )
    default:
      body = .absent
    }
  }
}

extension [AttributeRecord] {
  /// Parses an `AttributeList` message that has been checked before.
  init?(unpacking bytes: [UInt8]) {
    let list = unsafe bytes.withUnsafeBufferPointer {
      unsafe residual__v1__attribute_list__unpack(nil, $0.count, $0.baseAddress)
    }
    guard let list = unsafe list else { return nil }
    defer { unsafe residual__v1__attribute_list__free_unpacked(list, nil) }
    self = unsafe attributeRecords(list.pointee)
  }
}

private func attributeRecords(_ message: Residual__V1__AttributeList) -> [AttributeRecord] {
  unsafe list(message.n_attributes, message.attributes) { attribute in
    let value: AttributeValue? =
      switch unsafe attribute.value_case {
      case RESIDUAL__V1__ATTRIBUTE__VALUE_BOOL_VALUE:
        unsafe .bool(attribute.bool_value != 0)
      case RESIDUAL__V1__ATTRIBUTE__VALUE_INT_VALUE:
        unsafe .int(Int(attribute.int_value))
      case RESIDUAL__V1__ATTRIBUTE__VALUE_DOUBLE_VALUE:
        unsafe .double(attribute.double_value)
      case RESIDUAL__V1__ATTRIBUTE__VALUE_STRING_VALUE:
        unsafe .string(text(attribute.string_value))
      case RESIDUAL__V1__ATTRIBUTE__VALUE_INT_LIST:
        unsafe .ints(values(attribute.int_list.pointee))
      case RESIDUAL__V1__ATTRIBUTE__VALUE_DOUBLE_LIST:
        unsafe .doubles(values(attribute.double_list.pointee))
      case RESIDUAL__V1__ATTRIBUTE__VALUE_STRING_LIST:
        unsafe .strings(values(attribute.string_list.pointee))
      default: nil
      }
    return unsafe AttributeRecord(name: text(attribute.name), value: value)
  }
}

extension CallRecord {
  fileprivate init(_ message: Residual__V1__Call) throws(ProtobufFormatError) {
    unsafe self.init(
      call: try Call(unpacking: message),
      outputShapes: list(message.n_output_shapes, message.output_shapes) {
        shape -> ModelGraph.Shape? in
        guard unsafe shape.is_unknown == 0 else { return nil }
        return unsafe ModelGraph.Shape(
          numbers(shape.n_sizes, shape.sizes).map { $0 == -1 ? nil : Int($0) })
      },
      unknown: unknownFields(message.base))
    explicitPadding = try unsafe sizes(message.n_explicit_padding, message.explicit_padding)
  }
}

extension TensorReference {
  init(_ message: Residual__V1__TensorReference) {
    unsafe self.init(
      text(message.layer), node: Int(message.node), index: Int(message.index))
  }
}

// MARK: - Values

private func value(
  _ pointer: UnsafeMutablePointer<Residual__V1__SourceValue>?, of owner: @autoclosure () -> String
) throws(ProtobufFormatError) -> SourceRecord.Value {
  guard let message = unsafe pointer?.pointee else { throw .missing(field: "value", of: owner()) }
  var dimensions: [Int]?
  if let axes = unsafe message.dimensions?.pointee {
    dimensions = try unsafe sizes(axes.n_sizes, axes.sizes)
  }
  switch unsafe message.elements_case {
  case RESIDUAL__V1__SOURCE_VALUE__ELEMENTS_RAW:
    return unsafe .init(dimensions: dimensions, elements: .bytes(byteArray(message.raw)))
  case RESIDUAL__V1__SOURCE_VALUE__ELEMENTS_TEXTS:
    let texts = unsafe message.texts.pointee
    return unsafe .init(
      dimensions: dimensions,
      elements: .texts((0..<texts.n_values).map { unsafe byteArray(texts.values[$0]) }))
  default:
    throw .missing(field: "elements", of: owner())
  }
}
