Feature: Collecting a parcel
  A recipient opens the compartment with the pickup code that came with the parcel's message.

  Background:
    Given the locker "harbour" holds a parcel with the pickup code "4711" until Thursday

  Scenario: The right code opens the compartment
    When the code "4711" is entered on Wednesday
    Then the compartment opens
    And it is empty afterwards

  Scenario: A wrong code opens nothing
    When the code "0000" is entered on Wednesday
    Then no compartment opens

  Scenario: A parcel is not handed out after its time
    When the code "4711" is entered on Friday
    Then the recipient is told that the parcel went back
