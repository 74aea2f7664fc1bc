/// What a run of a model may come to, where its caller says nothing else.
public enum RunLimit {
  /// The most elements that one tensor may have.
  public static let elementCount = 1 << 30

  /// The most operations that all calls together may have: 2⁴⁴.
  ///
  /// The largest network of keras.applications, ConvNeXtXLarge, has less than 2⁴² for 32 images. A
  /// model of a few hundred bytes may declare more than anybody waits for.
  public static let operationCount = 1 << 44
}
