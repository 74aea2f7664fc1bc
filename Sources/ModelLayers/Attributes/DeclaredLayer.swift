internal import OrderedCollections
internal import Synchronization

/// A layer that lists its attributes once: reading, writing and checking them follow from the list.
public protocol DeclaredLayer: Layer {
  /// The layer with Keras's defaults; what must be given has values that are refused.
  static var prototype: Self { get }

  /// The attributes, in the order in which they are written.
  static var fields: [AttributeField<Self>] { get }
}

extension DeclaredLayer {
  /// Reads the attributes that the layer lists; one that is absent has Keras's default.
  ///
  /// - Throws: `ModelError` for one that is missing or wrong.
  public init(attributes: Attributes) throws(ModelError) {
    self = Self.prototype
    declaration = LayerDeclaration()
    for field in FieldCache.fields(of: Self.self) { try field.read(attributes, &self) }
    try check()
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    var attributes = Attributes()
    for field in FieldCache.fields(of: Self.self) { field.write(self, &attributes) }
    return attributes
  }

  /// The attributes' names, what they are in a configuration, and whether they have no default.
  public static var attributeForms: [(name: String, form: AttributeForm, isRequired: Bool)] {
    FieldCache.fields(of: Self.self).map { ($0.name, $0.form, $0.isRequired) }
  }

  /// Throws `ModelError.attribute` for an attribute that is out of its limits.
  public func check() throws(ModelError) { try checkFields() }

  /// Throws `ModelError.attribute` for an attribute that is out of the limits of its field.
  func checkFields() throws(ModelError) {
    for field in FieldCache.fields(of: Self.self) { try field.check?(self) }
  }
}

/// The lists of attributes that have been made: types that are generic over a rank cannot keep them.
private enum FieldCache {
  /// A list as an object, whose type is told quickly.
  private final class List<L: DeclaredLayer>: Sendable {
    let fields = L.fields
  }

  private static let lists = Mutex<[ObjectIdentifier: any AnyObject & Sendable]>([:])

  static func fields<L: DeclaredLayer>(of type: L.Type) -> [AttributeField<L>] {
    let key = ObjectIdentifier(type)
    if let known = lists.withLock({ $0[key] }) as? List<L> { return known.fields }
    let list = List<L>()
    lists.withLock { $0[key] = list }
    return list.fields
  }
}
