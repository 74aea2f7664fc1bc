/// What the source file said, word for word, so that it can be written again.
///
/// It never tells what the model means; the graph does. A format that keeps
/// objects with attributes in a tree (HDF5) is recorded as that tree, its
/// tensors by name; an archive as its members, of which some are such trees.
public struct SourceRecord: Hashable, Sendable {
  /// The format: `keras-hdf5`, `keras-archive`.
  public var format: String
  /// The groups and datasets of a file, each after its parent; none of an archive.
  public var objects: [Object]
  /// The members of an archive, in its order; none of a file.
  public var members: [Member]

  /// Makes a record.
  public init(format: String, objects: [Object] = [], members: [Member] = []) {
    self.format = format
    self.objects = objects
    self.members = members
  }

  /// The objects of the file, or of all members that are trees.
  public var allObjects: [Object] { objects + members.flatMap { $0.tree ?? [] } }

  /// A member of an archive.
  public struct Member: Hashable, Sendable {
    /// The path below the archive: `config.json`.
    public var name: String
    /// When it was last changed, as zip files say it: the date of MS-DOS in the upper half, the time in
    /// the lower.
    public var timestamp: UInt32
    /// What it holds.
    public var content: Content

    /// Describes a member.
    public init(name: String, timestamp: UInt32, content: Content) {
      self.name = name
      self.timestamp = timestamp
      self.content = content
    }

    /// What a member holds: bytes, or the tree of an HDF5 file.
    public enum Content: Hashable, Sendable {
      case bytes([UInt8])
      case tree([Object])
    }

    /// The objects of a tree; `nil` of a member that is none.
    public var tree: [Object]? {
      if case .tree(let objects) = content { objects } else { nil }
    }

    /// The bytes of a member that is no tree; `nil` of one.
    public var bytes: [UInt8]? {
      if case .bytes(let bytes) = content { bytes } else { nil }
    }
  }

  /// A group or a dataset.
  public struct Object: Hashable, Sendable {
    /// The absolute path: `/model_weights/conv1`.
    public var path: String
    /// The attributes, in the file's order.
    public var attributes: [Attribute]
    /// What a dataset holds; `nil` for a group.
    public var dataset: Dataset?

    /// Describes an object.
    public init(path: String, attributes: [Attribute], dataset: Dataset? = nil) {
      self.path = path
      self.attributes = attributes
      self.dataset = dataset
    }
  }

  /// A dataset's type and storage, and where its values are.
  public struct Dataset: Hashable, Sendable {
    /// The element type, in the words of the format's module.
    public var datatype: String
    /// The layout in the file, in the words of the format's module.
    public var storage: String
    /// The values: a tensor of the model, or kept here where no tensor can hold them.
    public var content: Content

    /// Describes a dataset.
    public init(datatype: String, storage: String, content: Content) {
      self.datatype = datatype
      self.storage = storage
      self.content = content
    }

    /// Where a dataset's values are.
    public enum Content: Hashable, Sendable {
      case tensor(String)
      case value(Value)
    }
  }

  /// An attribute.
  public struct Attribute: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The element type, in the words of the format's module.
    public var datatype: String
    /// The value.
    public var value: Value

    /// Describes an attribute.
    public init(name: String, datatype: String, value: Value) {
      self.name = name
      self.datatype = datatype
      self.value = value
    }
  }

  /// A small value that is kept as it is.
  public struct Value: Hashable, Sendable {
    /// The size of each axis; empty for a scalar, `nil` for a value without elements.
    public var dimensions: [Int]?
    /// The elements.
    public var elements: Elements

    /// Describes a value.
    public init(dimensions: [Int]?, elements: Elements) {
      self.dimensions = dimensions
      self.elements = elements
    }

    /// Elements of fixed size as one run of bytes, or one run for each text.
    public enum Elements: Hashable, Sendable {
      case bytes([UInt8])
      case texts([[UInt8]])
    }
  }
}
