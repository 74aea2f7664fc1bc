internal import CModelProto
internal import ModelGraph

// The messages of the source record and the goldens; sound as in Header+Pack.swift.

extension Header {
  func message(
    of source: SourceRecord, _ arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Source> {
    try unsafe arena.message(residual__v1__source__init) {
      (message: inout Residual__V1__Source) throws(ProtobufFormatError) in
      unsafe message.format = arena.text(source.format)
      unsafe message.n_objects = source.objects.count
      unsafe message.objects = try arena.list(source.objects) {
        (object) throws(ProtobufFormatError) in
        try unsafe self.message(of: object, key: UnknownFields.sourceObject(object.path), arena)
      }
      unsafe message.n_members = source.members.count
      unsafe message.members = try arena.list(source.members) {
        (member) throws(ProtobufFormatError) in
        try unsafe self.message(of: member, arena)
      }
      let key = UnknownFields.source
      try unsafe arena.addUnknown(unknown[key], to: &message.base, key: key)
    }
  }

  private func message(
    of member: SourceRecord.Member, _ arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__SourceMember> {
    try unsafe arena.message(residual__v1__source_member__init) {
      (message: inout Residual__V1__SourceMember) throws(ProtobufFormatError) in
      unsafe message.name = arena.text(member.name)
      unsafe message.timestamp = member.timestamp
      switch member.content {
      case .bytes(let bytes):
        unsafe message.content_case = RESIDUAL__V1__SOURCE_MEMBER__CONTENT_DATA
        unsafe message.data = arena.bytes(bytes)
      case .tree(let objects):
        unsafe message.content_case = RESIDUAL__V1__SOURCE_MEMBER__CONTENT_TREE
        unsafe message.tree = try arena.message(residual__v1__source_tree__init) {
          (message: inout Residual__V1__SourceTree) throws(ProtobufFormatError) in
          unsafe message.n_objects = objects.count
          unsafe message.objects = try arena.list(objects) {
            (object) throws(ProtobufFormatError) in
            let key = UnknownFields.sourceObject(object.path, of: member.name)
            return try unsafe self.message(of: object, key: key, arena)
          }
        }
      }
    }
  }

  private func message(
    of object: SourceRecord.Object, key: String, _ arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__SourceObject> {
    try unsafe arena.message(residual__v1__source_object__init) {
      (message: inout Residual__V1__SourceObject) throws(ProtobufFormatError) in
      unsafe message.path = arena.text(object.path)
      unsafe message.n_attributes = object.attributes.count
      unsafe message.attributes = try arena.list(object.attributes) {
        (attribute) throws(ProtobufFormatError) in
        try unsafe arena.message(residual__v1__source_attribute__init) {
          (message: inout Residual__V1__SourceAttribute) throws(ProtobufFormatError) in
          unsafe message.name = arena.text(attribute.name)
          unsafe message.datatype = arena.text(attribute.datatype)
          unsafe message.value = try arena.message(of: attribute.value)
        }
      }
      if let dataset = object.dataset {
        unsafe message.dataset = try arena.message(residual__v1__source_dataset__init) {
          (message: inout Residual__V1__SourceDataset) throws(ProtobufFormatError) in
          unsafe message.datatype = arena.text(dataset.datatype)
          unsafe message.storage = arena.text(dataset.storage)
          switch dataset.content {
          case .tensor(let name):
            unsafe message.content_case = RESIDUAL__V1__SOURCE_DATASET__CONTENT_TENSOR
            unsafe message.tensor = arena.text(name)
          case .value(let value):
            unsafe message.content_case = RESIDUAL__V1__SOURCE_DATASET__CONTENT_VALUE
            unsafe message.value = try arena.message(of: value)
          }
        }
      }
      try unsafe arena.addUnknown(unknown[key], to: &message.base, key: key)
    }
  }

  func message(
    of golden: GoldenRecord, index: Int, _ arena: CMessageArena
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Golden> {
    try unsafe arena.message(residual__v1__golden__init) {
      (message: inout Residual__V1__Golden) throws(ProtobufFormatError) in
      unsafe message.producer = arena.text(golden.producer)
      unsafe message.producer_version = arena.text(golden.producerVersion)
      unsafe message.backend = arena.text(golden.backend)
      if let seed = golden.seed {
        unsafe message.optional_seed_case = RESIDUAL__V1__GOLDEN__OPTIONAL_SEED_SEED
        unsafe message.seed = Int64(seed)
      }
      if let notes = golden.notes {
        unsafe message.optional_notes_case = RESIDUAL__V1__GOLDEN__OPTIONAL_NOTES_NOTES
        unsafe message.notes = arena.text(notes)
      }
      unsafe message.n_cases = golden.cases.count
      unsafe message.cases = try arena.list(Array(golden.cases.enumerated())) {
        (pair) throws(ProtobufFormatError) in
        let key = UnknownFields.goldenCase(pair.offset, of: index)
        return try unsafe arena.message(of: pair.element, unknown: unknown[key], key: key)
      }
      unsafe message.n_weight_digests = golden.weightDigests.count
      unsafe message.weight_digests = arena.copy(golden.weightDigests)
      let key = UnknownFields.golden(index)
      try unsafe arena.addUnknown(unknown[key], to: &message.base, key: key)
    }
  }
}

extension CMessageArena {
  fileprivate func message(
    of record: GoldenCaseRecord, unknown: [UInt8], key: String
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__GoldenCase> {
    try unsafe message(residual__v1__golden_case__init) {
      (message: inout Residual__V1__GoldenCase) throws(ProtobufFormatError) in
      unsafe message.name = text(record.name)
      unsafe message.description = text(record.description)
      unsafe message.n_inputs = record.inputs.count
      unsafe message.inputs = try list(record.inputs, self.message(of:))
      unsafe message.n_outputs = record.outputs.count
      unsafe message.outputs = try list(record.outputs, self.message(of:))
      unsafe message.n_calls = record.calls.count
      unsafe message.calls = try list(record.calls, self.message(of:))
      unsafe message.n_masks = record.masks.count
      unsafe message.masks = try list(record.masks, self.message(of:))
      try unsafe addUnknown(unknown, to: &message.base, key: key)
    }
  }

  private func message(
    of record: NamedTensorRecord
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__NamedTensor> {
    try unsafe message(residual__v1__named_tensor__init) {
      (message: inout Residual__V1__NamedTensor) in
      unsafe message.name = text(record.name)
      unsafe message.tensor = text(record.tensor)
    }
  }

  fileprivate func message(
    of value: SourceRecord.Value
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__SourceValue> {
    try unsafe message(residual__v1__source_value__init) {
      (message: inout Residual__V1__SourceValue) throws(ProtobufFormatError) in
      if let dimensions = value.dimensions {
        unsafe message.dimensions = try self.message(residual__v1__source_dimensions__init) {
          (message: inout Residual__V1__SourceDimensions) in
          unsafe message.n_sizes = dimensions.count
          unsafe message.sizes = copy(dimensions.map { UInt64(clamping: $0) })
        }
      }
      switch value.elements {
      case .bytes(let bytes):
        unsafe message.elements_case = RESIDUAL__V1__SOURCE_VALUE__ELEMENTS_RAW
        unsafe message.raw = self.bytes(bytes)
      case .texts(let texts):
        unsafe message.elements_case = RESIDUAL__V1__SOURCE_VALUE__ELEMENTS_TEXTS
        unsafe message.texts = try self.message(residual__v1__source_texts__init) {
          (message: inout Residual__V1__SourceTexts) in
          unsafe message.n_values = texts.count
          let list = unsafe allocate(ProtobufCBinaryData.self, count: texts.count)
          for (index, text) in texts.enumerated() {
            unsafe (list + index).initialize(to: bytes(text))
          }
          unsafe message.values = list
        }
      }
    }
  }
}
