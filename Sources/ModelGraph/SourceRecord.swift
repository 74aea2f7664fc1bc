/// What the source file said, word for word, so that it can be written again.
///
/// It never tells what the model means; the graph does. A format that keeps
/// objects with attributes in a tree (HDF5) is recorded as that tree, its
/// tensors by name.
public struct SourceRecord: Hashable, Sendable {
  /// The format: `keras-hdf5`.
  public var format: String
  /// The groups and datasets, each after its parent.
  public var objects: [Object]

  /// Makes a record.
  public init(format: String, objects: [Object]) {
    self.format = format
    self.objects = objects
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
